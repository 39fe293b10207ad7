import { Controller, Get, Param } from '@nestjs/common';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { startNestApp, type NestApp } from '../../support/nest-app';
import { until } from '../../support/until';

const broken = new Error('broken on purpose');
const gate = { open: (): void => {}, entered: false };

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger('orders') private readonly logger: Logger) {}

  @Get(':end')
  async wait(@Param('end') end: string): Promise<string> {
    this.logger.debug('waiting for the carrier');
    gate.entered = true;
    await new Promise<void>((resolve) => (gate.open = resolve));
    this.logger.debug('the carrier came');
    if (end === 'broken') throw broken;
    return 'fine';
  }
}

/** Sends a request and leaves before the answer. */
async function leave(nest: NestApp, path: string): Promise<Socket> {
  gate.entered = false;
  const address = nest.server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`);
  await until(() => gate.entered, { what: 'the handler' });
  const seen = new Promise((resolve) => nest.server.once('leave', resolve));
  socket.destroy();
  await Promise.race([seen, until(() => socket.destroyed)]);
  return socket;
}

async function connections(nest: NestApp): Promise<number> {
  return new Promise((resolve, reject) =>
    nest.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}

describe('A client of Nest that leaves', () => {
  it('leaves nothing but the request record when the handler then succeeds', async () => {
    const nest = await startNestApp({ controllers: [OrdersController] });

    await leave(nest, '/orders/fine');
    await until(async () => (await connections(nest)) === 0);
    gate.open();
    await nest.settled();

    expect(nest.lines).toEqual(['WARNING http GET /orders/fine aborted N ms']);
  });

  it('leaves what was held when the application wants it', async () => {
    const nest = await startNestApp({
      controllers: [OrdersController],
      logging: { logIfErrors: { onAbort: 'dump' } },
    });

    await leave(nest, '/orders/fine');
    await until(async () => (await connections(nest)) === 0);
    gate.open();
    await nest.settled();

    expect(nest.lines).toEqual([
      'DEBUG orders waiting for the carrier',
      'DEBUG orders the carrier came',
      'WARNING http GET /orders/fine aborted N ms',
    ]);
    expect(nest.seen.records[0]?.hindsight?.reason).toBe('aborted');
  });

  it('dumps the request when the handler then throws', async () => {
    const nest = await startNestApp({ controllers: [OrdersController] });

    await leave(nest, '/orders/broken');
    await until(async () => (await connections(nest)) === 0);
    gate.open();
    await nest.settled();

    expect(nest.lines).toEqual([
      'DEBUG orders waiting for the carrier',
      'DEBUG orders the carrier came',
      expect.stringMatching(/^ERROR (ExceptionsHandler broken on purpose|http GET \/orders\/broken failed)$/),
      'ERROR http GET /orders/broken aborted N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });
});
