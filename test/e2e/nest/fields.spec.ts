/** Fields that a guard of Nest sets: on the records of the request, also those from before the guard, and in the heading. */
import {
  Controller,
  Get,
  Injectable,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { setFields } from '../../../lib/logging';
import { startNestApp } from '../../support/nest-app';

@Injectable()
class TenantGuard implements CanActivate {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  canActivate(context: ExecutionContext): boolean {
    this.logger.debug('asked');
    setFields({ tenant: context.switchToHttp().getRequest<Request>().headers['x-tenant'] });
    return true;
  }
}

@Controller()
@UseGuards(TenantGuard)
class OrdersController {
  @Get('good')
  good(): string {
    return 'ok';
  }

  @Get('bad')
  bad(): string {
    throw new Error('no stock');
  }
}

describe('fields of a request to Nest', () => {
  it('set by a guard are on all its records', async () => {
    const nest = await startNestApp({
      controllers: [OrdersController],
      logging: {
        logIfErrors: { dumpRecord: true, fields: ({ headers }) => ({ device: headers['x-device'] }) },
      },
    });
    await nest.request.get('/good').set({ 'x-tenant': 'a', 'x-device': 'd1' });
    await nest.settled();
    await nest.request.get('/bad').set({ 'x-tenant': 'b', 'x-device': 'd2' });
    await nest.settled();

    expect(nest.seen.records.map(({ name, ids }) => [name, ids?.['tenant'], ids?.['device']])).toEqual([
      ['http', 'a', 'd1'],
      ['nestjs-hindsight', 'b', 'd2'],
      ['TenantGuard', 'b', 'd2'],
      ['ExceptionsHandler', 'b', 'd2'],
      ['http', 'b', 'd2'],
    ]);
  });
});
