import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { QueueHandler } from '../../../lib/handlers';
import { ApplicationLogs } from '../../../lib/nest/application/application-logs';
import { checkOptions } from '../../../lib/nest/application/check-options';
import { getHandlerToken } from '../../../lib/nest/decorators/injection';
import { QueueBridge } from '../../../lib/nest/application/queue-bridge';
import { InMemoryQueue } from '../../../lib/queues';
import { ERROR, getLogger, WARNING } from '../../../lib/logging';
import { CollectingHandler } from '../../../lib/testing';
import { startNestApp } from '../../support/nest-app';
import { some } from '../../support/some';
import { until } from '../../support/until';

const log = getLogger('shop');

@Controller()
class OrdersController {
  @Get('good')
  good(): string {
    log.debug('step');
    log.info('order placed');
    return 'ok';
  }

  @Get('bad')
  bad(): never {
    log.debug('step 1');
    log.debug('step 2');
    throw new Error('order lost');
  }
}

describe('QueueBridge', () => {
  it("passes records at or above a handler's level on, and closes everything at the end", async () => {
    const queue = new InMemoryQueue();
    const app = new CollectingHandler({ name: 'app' });
    const errors = new CollectingHandler({ name: 'errors', level: 'ERROR' });
    const bridge = new QueueBridge(
      queue,
      new Map([
        ['app', app],
        ['errors', errors],
      ]),
    );
    await bridge.ready();

    expect(bridge.loggerHandlers.get('errors')).toMatchObject({ level: ERROR });
    bridge.loggerHandlers.get('app')?.setLevel('WARNING');
    expect(app.level).toBe(WARNING);
    for (const handler of bridge.loggerHandlers.values()) handler.handle(some.record());
    await bridge.end(1000);

    expect([app.messages, errors.messages]).toEqual([['order placed'], ['order placed']]);
    expect([app.closed, errors.closed]).toEqual([true, true]);
    expect(() => queue.enqueue(some.record())).toThrow('the queue is closed');
  });

  it('takes no records from a queue without handlers', async () => {
    const queue = new InMemoryQueue();
    const { handlers } = checkOptions({ queue });
    const bridge = new QueueBridge(queue, new Map(Object.entries(handlers) as [string, QueueHandler][]));

    bridge.loggerHandlers.get('queue')?.handle(some.record());
    await new Promise(setImmediate);

    expect(queue.size).toBe(1);
    await bridge.end(1000);
  });
});

describe('LoggingModule.forRoot({ queue })', () => {
  it('passes all records of a failing request to the handlers, in order', async () => {
    const queue = new InMemoryQueue();
    const { app, seen, request } = await startNestApp({
      controllers: [OrdersController],
      logging: { queue },
    });

    await request.get('/good').expect(200);
    await request.get('/bad').expect(500);
    await until(() => seen.messages.some((message) => message.includes('order lost')));

    const messages = seen.messages.filter((message) => /^(step|order)/.test(message));
    expect(messages.slice(0, 3)).toEqual(['order placed', 'step 1', 'step 2']);
    expect(seen.records.find((record) => record.excInfo !== undefined)?.excInfo).toEqual(
      new Error('order lost'),
    );
    expect(app.get(getHandlerToken('seen'), { strict: false })).toBe(seen);
    expect([...app.get(ApplicationLogs).handlers.values()].every((one) => one instanceof QueueHandler)).toBe(
      true,
    );
  });

  it('handles all records in the queue at shutdown', async () => {
    const queue = new InMemoryQueue();
    const nest = await startNestApp({ controllers: [OrdersController], logging: { queue } });
    await nest.request.get('/good').expect(200);

    await nest.app.close();

    expect(nest.seen.messages).toContain('order placed');
    expect(nest.seen.closed).toBe(true);
  });
});
