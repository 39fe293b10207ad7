/** The companies that the shop talks to, for as long as it is open. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Suppliers } from '../shop/suppliers';

@Module({
  providers: [{ provide: Suppliers, useFactory: () => Suppliers.start() }],
  exports: [Suppliers],
})
export class SuppliersModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly suppliers: Suppliers) {}

  /** A shop that cannot reach its warehouse does not open. */
  async onApplicationBootstrap(): Promise<void> {
    await fetch(`${this.suppliers.url}/stock/tea-cup`);
  }

  onApplicationShutdown(): void {
    this.suppliers.close();
  }
}
