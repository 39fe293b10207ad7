/** The orders over HTTP. */
import { Controller, Get, Param, ParseIntPipe, Post } from '@nestjs/common';
import { OrdersService, type OrderView, type Receipt } from './orders.service';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get(':id')
  show(@Param('id', ParseIntPipe) id: number): Promise<OrderView> {
    return this.orders.show(id);
  }

  @Post(':id/checkout')
  checkout(@Param('id', ParseIntPipe) id: number): Promise<Receipt> {
    return this.orders.checkout(id);
  }
}
