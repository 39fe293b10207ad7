/** Computes the price of an order: its goods minus its voucher. */
import { getLogger } from 'nestjs-hindsight/logging';
import { money, readOrder, type Order } from '../shop/order';

const logger = getLogger('prices');

export interface Price {
  readonly order: number;
  readonly total: string;
}

async function onShelf(sku: string, warehouse: string): Promise<number> {
  const response = await fetch(`${warehouse}/stock/${sku}`);
  const { onShelf } = (await response.json()) as { onShelf: number };
  logger.debug('%s: %d on the shelf', sku, onShelf);
  return onShelf;
}

function totalOf({ id, items, voucherCents = 0 }: Order): number {
  const goods = items.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
  logger.debug('goods EUR %s, voucher EUR %s', money(goods), money(voucherCents));
  if (voucherCents > goods) throw new Error(`order ${id} has a negative price`);
  return goods - voucherCents;
}

/** Undefined if there is no such order. */
export async function priceOf(id: number, warehouse: string): Promise<Price | undefined> {
  logger.debug('look for order %d', id);
  const order = await readOrder(id);
  if (order === undefined) return undefined;
  for (const { sku, quantity } of order.items) {
    if ((await onShelf(sku, warehouse)) < quantity) logger.info('%s is sold out', sku);
  }
  return { order: id, total: money(totalOf(order)) };
}
