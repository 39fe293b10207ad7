import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { startNestApp } from '../../support/nest-app';

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  @Get('fine')
  fine(): string {
    this.logger.debug('looking for the order');
    this.logger.info('order found');
    return 'fine';
  }

  @Get('broken')
  broken(): string {
    this.logger.debug('looking for the order');
    this.logger.info('order found');
    throw new Error('stock is negative');
  }
}

describe('A route handler in Nest', () => {
  it('writes nothing but what passes through when it succeeds', async () => {
    const nest = await startNestApp({ controllers: [OrdersController] });

    await nest.request.get('/orders/fine').expect(200);
    await nest.settled();

    expect(nest.lines).toEqual(['INFO OrdersController order found', 'INFO http GET /orders/fine 200 N ms']);
  });

  it('writes what was held before the Error when it throws', async () => {
    const nest = await startNestApp({ controllers: [OrdersController] });

    await nest.request.get('/orders/broken').expect(500);
    await nest.settled();

    expect(nest.lines).toEqual([
      'INFO OrdersController order found',
      'DEBUG OrdersController looking for the order',
      'ERROR ExceptionsHandler stock is negative',
      'ERROR http GET /orders/broken 500 N ms',
    ]);
  });
});
