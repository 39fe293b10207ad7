/** Reserves goods until they are paid. */
import { Injectable, UnprocessableEntityException } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import type { Order, OrderItem } from '../../shop/order';
import { WarehouseClient } from './warehouse.client';

@Injectable()
export class StockService {
  private readonly reserved = new Map<string, number>();

  constructor(
    @InjectLogger() private readonly logger: Logger,
    private readonly warehouse: WarehouseClient,
  ) {}

  async reserve(order: Order): Promise<readonly OrderItem[]> {
    for (const item of order.items) await this.check(item);
    for (const { sku, quantity } of order.items) this.change(sku, quantity);
    return order.items;
  }

  release(items: readonly OrderItem[]): void {
    for (const { sku, quantity } of items) this.change(sku, -quantity);
  }

  private async check({ sku, quantity }: OrderItem): Promise<void> {
    const onShelf = await this.warehouse.count(sku);
    const free = onShelf - (this.reserved.get(sku) ?? 0);
    this.logger.debug('%s: %d wanted, %d on the shelf, %d of them free', sku, quantity, onShelf, free);
    if (free < quantity) throw new UnprocessableEntityException(`${sku} is sold out`);
  }

  private change(sku: string, by: number): void {
    const before = this.reserved.get(sku) ?? 0;
    this.reserved.set(sku, before + by);
    this.logger.debug('%s: reserved %d, was %d', sku, before + by, before);
  }
}
