/** Turns an order into a receipt: reserves the goods, takes the money, and releases the goods if that fails. */
import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import { money, readOrder, type Order } from '../../shop/order';
import { PaymentService } from '../payment/payment.service';
import { StockService } from '../stock/stock.service';

export type OrderView = Omit<Order, 'card'>;

export interface Receipt {
  readonly order: number;
  readonly paid: string;
  readonly payment: string;
}

@Injectable()
export class OrdersService {
  constructor(
    @InjectLogger() private readonly logger: Logger,
    private readonly stock: StockService,
    private readonly payments: PaymentService,
  ) {}

  async show(id: number): Promise<OrderView> {
    const { card, ...view } = await this.find(id);
    this.logger.debug('card ending in %s is not shown', card.slice(-4));
    return view;
  }

  async checkout(id: number): Promise<Receipt> {
    const order = await this.find(id);
    const reservation = await this.stock.reserve(order);
    try {
      const { payment, cents } = await this.payments.pay(order);
      this.logger.info('order %d is paid: EUR %s', id, money(cents));
      return { order: id, paid: money(cents), payment };
    } finally {
      // If the order is paid, the goods leave the shelf; otherwise they are free again.
      this.stock.release(reservation);
    }
  }

  private async find(id: number): Promise<Order> {
    this.logger.debug('look for order %d', id);
    const order = await readOrder(id);
    if (order === undefined) throw new NotFoundException(`there is no order ${id}`);
    const { customer, items, voucherCents = 0 } = order;
    this.logger.debug(
      'order %d: customer %d, lines: %d, voucher: EUR %s',
      id,
      customer,
      items.length,
      money(voucherCents),
    );
    return order;
  }
}
