import {
  Controller,
  Get,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { Response } from 'express';
import { defer, Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { startNestApp } from '../../support/nest-app';

class Thrown {
  readonly sync = new Error('stock is negative');
  readonly async = new Error('payment timed out');
  readonly observable = new TypeError('no such carrier');
  readonly refused = new InternalServerErrorException('warehouse is closed');
  readonly busy = new ServiceUnavailableException('come back later');
}

const thrown = new Thrown();

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  @Get('fine')
  fine(): string {
    this.begin();
    return 'fine';
  }

  @Get('sync')
  sync(): string {
    this.begin();
    throw thrown.sync;
  }

  @Get('async')
  async async(): Promise<string> {
    this.begin();
    await Promise.resolve();
    throw thrown.async;
  }

  @Get('observable')
  observable(): Observable<string> {
    return defer(() => {
      this.begin();
      return throwError(() => thrown.observable);
    });
  }

  @Get('observable/fine')
  observableFine(): Observable<string> {
    this.begin();
    return of('fine');
  }

  @Get('text')
  text(): string {
    this.begin();
    // eslint-disable-next-line typescript/only-throw-error -- some libraries do this
    throw 'no stock';
  }

  @Get('object')
  object(): string {
    this.begin();
    // eslint-disable-next-line typescript/only-throw-error -- some libraries do this
    throw { reason: 'no stock' };
  }

  @Get('nothing')
  nothing(): string {
    this.begin();
    // eslint-disable-next-line typescript/only-throw-error -- some libraries do this
    throw undefined;
  }

  @Get('refused')
  refused(): string {
    this.begin();
    throw thrown.refused;
  }

  @Get('busy')
  busy(): string {
    this.begin();
    throw thrown.busy;
  }

  @Get('missing')
  missing(): string {
    this.begin();
    throw new NotFoundException('no such order');
  }

  @Get('teapot')
  teapot(): string {
    this.begin();
    throw new HttpException('short and stout', 418);
  }

  @Get('by-hand')
  byHand(@Res() response: Response): void {
    this.begin();
    response.status(503).send('closed');
  }

  @Get('logged')
  logged(): string {
    this.begin();
    this.logger.exception('order %d failed', thrown.sync, 13);
    throw thrown.sync;
  }

  private begin(): void {
    this.logger.debug('looking for the order');
    this.logger.info('order found');
  }
}

const app = { controllers: [OrdersController] };
const PASSED = 'INFO OrdersController order found';
const HELD = 'DEBUG OrdersController looking for the order';

describe('A request to Nest', () => {
  it.each(['/orders/fine', '/orders/observable/fine'])(
    'writes nothing but what passes through when %s succeeds',
    async (path) => {
      const nest = await startNestApp(app);

      expect((await nest.get(path)).status).toBe(200);

      expect(nest.lines).toEqual([PASSED, `INFO http GET ${path} 200 N ms`]);
    },
  );

  it.each([
    ['sync', thrown.sync],
    ['async', thrown.async],
    ['observable', thrown.observable],
  ])(
    'writes what it held, then the Error that Nest reports, when the handler fails: %s',
    async (path, error) => {
      const nest = await startNestApp(app);

      expect((await nest.get(`/orders/${path}`)).status).toBe(500);

      expect(nest.lines).toEqual([
        PASSED,
        HELD,
        `ERROR ExceptionsHandler ${error.message}`,
        `ERROR http GET /orders/${path} 500 N ms`,
      ]);
      expect(nest.errors).toEqual([error]);
      expect(nest.errors[0]).toBe(error);
    },
  );

  it.each([
    ['text', 'no stock', 'no stock'],
    ['object', '[object Object]', { reason: 'no stock' }],
  ])('writes a thrown value that is not an Error once: %s', async (path, text, value) => {
    const nest = await startNestApp(app);

    expect((await nest.get(`/orders/${path}`)).status).toBe(500);

    expect(nest.lines).toEqual([
      PASSED,
      HELD,
      `ERROR ExceptionsHandler ${text}`,
      `ERROR http GET /orders/${path} 500 N ms`,
    ]);
    expect(nest.errors).toEqual([value]);
  });

  it('writes its own Error if undefined was thrown', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/orders/nothing')).status).toBe(500);

    expect(nest.lines.slice(0, 2)).toEqual([PASSED, HELD]);
    expect(nest.errors.map(String)).toEqual(['Error: failed with undefined']);
  });

  it.each([
    ['refused', 500, thrown.refused],
    ['busy', 503, thrown.busy],
  ])('writes the HttpException that Nest does not log: %s', async (path, status, error) => {
    const nest = await startNestApp(app);

    expect((await nest.get(`/orders/${path}`)).status).toBe(status);

    expect(nest.lines).toEqual([
      PASSED,
      HELD,
      `ERROR http GET /orders/${path} failed`,
      `ERROR http GET /orders/${path} ${status} N ms`,
    ]);
    expect(nest.errors).toEqual([error]);
  });

  it.each([
    ['missing', 404],
    ['teapot', 418],
  ])('writes nothing more for a client error: %s', async (path, status) => {
    const nest = await startNestApp(app);

    expect((await nest.get(`/orders/${path}`)).status).toBe(status);

    expect(nest.lines).toEqual([PASSED, `WARNING http GET /orders/${path} ${status} N ms`]);
  });

  it('dumps its records if the handler itself sends a status of 500 or above', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/orders/by-hand')).status).toBe(503);

    expect(nest.lines).toEqual([PASSED, HELD, 'ERROR http GET /orders/by-hand 503 N ms']);
    expect(nest.errors).toEqual([]);
  });

  it('does not write an Error again that the handler logged before throwing it', async () => {
    const nest = await startNestApp(app);

    await nest.get('/orders/logged');

    expect(nest.lines).toEqual([
      PASSED,
      HELD,
      'ERROR OrdersController order 13 failed',
      'ERROR http GET /orders/logged 500 N ms',
    ]);
  });

  it('adds the scope and the reason to dumped records, in the order of the calls', async () => {
    const nest = await startNestApp(app);

    await nest.get('/orders/sync');

    const [passed, held, reported] = nest.seen.records;
    expect(held?.hindsight).toEqual({ scope: held?.context?.id, reason: 'error' });
    expect(passed?.hindsight).toBeUndefined();
    expect([held?.seq, passed?.seq, reported?.seq]).toEqual([1, 2, 3]);
    expect(passed?.context?.fields).toEqual({ requestId: expect.stringMatching(/^[\w-]{36}$/) as string });
  });

  it('keeps parallel requests apart', async () => {
    const nest = await startNestApp(app);

    await Promise.all([...Array(20).keys()].map((i) => nest.get(i === 7 ? '/orders/sync' : '/orders/fine')));

    const dumped = nest.seen.records.filter((record) => record.levelname === 'DEBUG');
    const [error] = nest.seen.records.filter((record) => record.levelname === 'ERROR');
    expect(dumped.map((record) => record.context?.id)).toEqual([error?.context?.id]);
  });
});
