/** What a customer wants to buy, and the file that the shop's orders are in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  /** Price of one. */
  readonly cents: number;
}

export interface Order {
  readonly id: number;
  readonly customer: number;
  readonly card: string;
  readonly voucherCents?: number;
  readonly items: readonly OrderItem[];
}

// Beside the sources: the compiler copies no data.
const FILE = join(__dirname, '../../shop/orders.json');

export async function readOrder(id: number): Promise<Order | undefined> {
  const orders = JSON.parse(await readFile(FILE, 'utf8')) as readonly Order[];
  return orders.find((order) => order.id === id);
}

/** `1350` is `13.50`. */
export function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
