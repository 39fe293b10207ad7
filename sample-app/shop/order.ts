/** The orders of the shop, and the file that contains them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
  /** The price of one item. */
  readonly cents: number;
}

export interface Order {
  readonly id: number;
  readonly customer: number;
  readonly card: string;
  readonly voucherCents?: number;
  readonly items: readonly OrderItem[];
}

// In the folder of the sources, because the compiler does not copy data.
const FILE = join(__dirname, '../../shop/orders.json');

export async function readOrder(id: number): Promise<Order | undefined> {
  const orders = JSON.parse(await readFile(FILE, 'utf8')) as readonly Order[];
  return orders.find((order) => order.id === id);
}

/** `1350` is `13.50`. */
export function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
