import { Controller, Get, Header, Sse, StreamableFile, type MessageEvent } from '@nestjs/common';
import { Readable } from 'node:stream';
import { concat, of, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { startNestApp, type NestApp } from '../../support/nest-app';

const broken = new Error('broken on purpose');

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger('orders') private readonly logger: Logger) {}

  @Get('circular')
  circular(): unknown {
    this.logger.debug('answering');
    const order: Record<string, unknown> = {};
    order['self'] = order;
    return order;
  }

  @Get('bigint')
  bigint(): unknown {
    this.logger.debug('answering');
    return { total: 10n };
  }

  @Get('generator')
  @Header('content-type', 'text/plain')
  async *generator(): AsyncGenerator<string> {
    yield 'one\n';
    this.logger.debug('answering');
    await Promise.resolve();
    throw broken;
  }

  @Get('generator/early')
  // eslint-disable-next-line require-yield -- it fails before its first value
  async *early(): AsyncGenerator<string> {
    this.logger.debug('answering');
    await Promise.resolve();
    throw broken;
  }

  @Get('file')
  file(): StreamableFile {
    this.logger.debug('answering');
    return new StreamableFile(
      Readable.from(
        (async function* () {
          yield Buffer.from('one\n');
          await new Promise((resolve) => setImmediate(resolve));
          throw broken;
        })(),
      ),
    );
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    this.logger.debug('answering');
    return concat(
      of({ data: 'one' }),
      new Promise<MessageEvent>((resolve) => setTimeout(resolve, 5, { data: 'two' })),
      throwError(() => broken),
    );
  }

  @Sse('events/early')
  eventsEarly(): Observable<MessageEvent> {
    this.logger.debug('answering');
    return throwError(() => broken);
  }
}

const app = { controllers: [OrdersController] };

/** Reads a response that may be incomplete. */
async function read(nest: NestApp, path: string): Promise<{ status: number; text: string; cut: boolean }> {
  const address = nest.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  let text = '';
  let cut = false;
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    // The server destroyed the connection: what a client of a broken stream sees.
    cut = true;
  }
  await nest.settled();
  return { status: response.status, text, cut };
}

describe('A response of Nest that fails', () => {
  it.each([
    ['circular', /circular structure/],
    ['bigint', /BigInt/],
  ])('is a failure if it cannot be serialised: %s', async (path, message) => {
    const nest = await startNestApp(app);

    expect((await nest.get(`/orders/${path}`)).status).toBe(500);

    expect(nest.lines).toEqual([
      'DEBUG orders answering',
      expect.stringMatching(/^ERROR ExceptionsHandler /),
      `ERROR http GET /orders/${path} 500 N ms`,
    ]);
    expect(nest.errors.map(String)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['generator', 'RouterResponseController'],
    ['file', 'StreamableFile'],
  ])('is a failure after its first byte, even if its status is 200: %s', async (path, reporter) => {
    const nest = await startNestApp(app);

    expect(await read(nest, `/orders/${path}`)).toEqual({ status: 200, text: 'one\n', cut: true });

    expect(nest.lines).toEqual([
      'DEBUG orders answering',
      `ERROR ${reporter} broken on purpose`,
      `ERROR http GET /orders/${path} aborted N ms`,
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it('is a failure if its events end with an Error', async () => {
    const nest = await startNestApp(app);

    const response = await read(nest, '/orders/events');

    expect(response.status).toBe(200);
    expect(response.text).toContain('data: two');
    expect(nest.lines).toEqual([
      'DEBUG orders answering',
      'ERROR RouterResponseController broken on purpose',
      'ERROR http GET /orders/events 200 N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it.each(['generator/early', 'events/early'])('is a failure before its first byte: %s', async (path) => {
    const nest = await startNestApp(app);

    expect((await read(nest, `/orders/${path}`)).status).toBe(500);

    expect(nest.lines).toEqual([
      'DEBUG orders answering',
      'ERROR ExceptionsHandler broken on purpose',
      `ERROR http GET /orders/${path} 500 N ms`,
    ]);
  });

  it('reports a broken stream even if Nest has another logger', async () => {
    const nest = await startNestApp({ ...app, logging: { nestLogger: false }, app: { logger: false } });

    await read(nest, '/orders/file');

    expect(nest.lines).toEqual([
      'DEBUG orders answering',
      'ERROR http GET /orders/file failed',
      'ERROR http GET /orders/file aborted N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });
});
