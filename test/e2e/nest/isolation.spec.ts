import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { liveScopes } from '../../../lib/scope/live';
import { startNestApp, type NestApp } from '../../support/nest-app';
import { until } from '../../support/until';

@Controller('orders')
class OrdersController {
  constructor(@InjectLogger('orders') private readonly logger: Logger) {}

  @Get(':id')
  async find(@Param('id') id: string): Promise<string> {
    this.logger.debug('looking for %s', id);
    await wait(id === 'broken' ? 2 : 5);
    this.logger.debug('found %s', id);
    if (id === 'broken') throw new Error('stock is negative');
    return id;
  }

  @Post()
  place(@Body() order: { readonly id: number }): never {
    this.logger.debug('placing %d', order.id);
    throw new Error('stock is negative');
  }
}

const app = { controllers: [OrdersController], logging: { logIfErrors: { requestRecord: false } } };
const DUMP = [
  'DEBUG orders looking for broken',
  'DEBUG orders found broken',
  'ERROR ExceptionsHandler stock is negative',
];

function portOf(nest: NestApp): number {
  const address = nest.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('Requests to Nest', () => {
  it('keep their records apart even with the same request id', async () => {
    const nest = await startNestApp(app);

    await Promise.all(
      ['a', 'broken', 'b'].map(async (id) => nest.request.get(`/orders/${id}`).set('x-request-id', 'same')),
    );
    await nest.settled();

    expect(nest.lines).toEqual(DUMP);
    expect(nest.seen.records.map((record) => record.context?.fields['requestId'])).toEqual([
      'same',
      'same',
      'same',
    ]);
  });

  it('keep their records apart on one pipelined connection', async () => {
    const nest = await startNestApp(app);
    const socket = connect(portOf(nest), '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (text) => (answer += text as unknown as string));

    const requests = ['a', 'broken', 'b'].map((id) => `GET /orders/${id} HTTP/1.1\r\nHost: shop\r\n\r\n`);
    socket.write(requests.join(''));
    await until(() => answer.match(/HTTP\/1\.1 (200|500)/g)?.length === 3, { what: 'three answers' });
    socket.destroy();
    await nest.settled();

    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 500', 'HTTP/1.1 200']);
    expect(nest.lines).toEqual(DUMP);
  });

  it('keep their scope after the body parser, however the body arrives', async () => {
    const nest = await startNestApp(app);
    const socket = connect(portOf(nest), '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (text) => (answer += text as unknown as string));

    socket.write('POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n');
    socket.write('Content-Length: 9\r\nX-Request-Id: slow-body\r\nConnection: close\r\n\r\n{"id"');
    await until(() => liveScopes().length > 0, { what: 'the first half of the request' });
    socket.write(': 7}');
    await until(() => answer.includes('500'), { what: 'the answer' });
    await nest.settled();

    expect(nest.lines).toEqual(['DEBUG orders placing 7', 'ERROR ExceptionsHandler stock is negative']);
    expect(answer.toLowerCase()).toContain('x-request-id: slow-body');
    expect(nest.seen.records[0]?.context?.fields).toEqual({ requestId: 'slow-body' });
  });
});
