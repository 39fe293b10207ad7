/** Starts and stops the companies that the shop needs. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Suppliers } from '../shop/suppliers';

@Module({
  providers: [{ provide: Suppliers, useFactory: () => Suppliers.start() }],
  exports: [Suppliers],
})
export class SuppliersModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly suppliers: Suppliers) {}

  /** The shop does not start if it cannot reach its warehouse. */
  async onApplicationBootstrap(): Promise<void> {
    await fetch(`${this.suppliers.url}/stock/tea-cup`);
  }

  onApplicationShutdown(): void {
    this.suppliers.close();
  }
}
