/** Computes the price of an order and pays it. */
import { Injectable } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import { money, type Order } from '../../shop/order';
import { PaymentGateway } from './payment.gateway';

export interface Payment {
  readonly payment: string;
  readonly cents: number;
}

@Injectable()
export class PaymentService {
  constructor(
    @InjectLogger() private readonly logger: Logger,
    private readonly gateway: PaymentGateway,
  ) {}

  async pay(order: Order): Promise<Payment> {
    const cents = this.amountOf(order);
    try {
      return { payment: await this.gateway.charge(order.card, cents), cents };
    } catch (cause) {
      throw new Error(`order ${order.id} cannot be paid`, { cause });
    }
  }

  private amountOf({ items, voucherCents = 0 }: Order): number {
    const goods = items.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
    // A bug, which order 13 shows: a voucher may be worth more than the goods.
    const amount = goods - voucherCents;
    this.logger.debug(
      'goods EUR %s - voucher EUR %s = EUR %s',
      money(goods),
      money(voucherCents),
      money(amount),
    );
    return amount;
  }
}
