/** The modules and providers of the shop, and its logging. */
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { LoggingModule } from 'nestjs-hindsight';
import { HealthController } from './health.controller';
import { logging } from './logging';
import { OrdersController } from './orders/orders.controller';
import { OrdersService } from './orders/orders.service';
import { PaymentGateway } from './payment/payment.gateway';
import { PaymentService } from './payment/payment.service';
import { SessionGuard } from './session.guard';
import { StockService } from './stock/stock.service';
import { WarehouseClient } from './stock/warehouse.client';
import { SuppliersModule } from './suppliers.module';

@Module({
  imports: [LoggingModule.forRoot(logging), SuppliersModule],
  controllers: [OrdersController, HealthController],
  providers: [
    OrdersService,
    StockService,
    WarehouseClient,
    PaymentService,
    PaymentGateway,
    { provide: APP_GUARD, useClass: SessionGuard },
  ],
})
export class AppModule {}
