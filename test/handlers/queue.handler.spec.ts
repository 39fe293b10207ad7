import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Handler, HandlerOptions } from '../../lib/core/handler';
import type { LogRecord } from '../../lib/core/log-record';
import { ConfigurationError, DeliveryError } from '../../lib/errors';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { QueueHandler, QueueListener, type QueueHandlerOptions } from '../../lib/handlers';
import { encodeRecord, InMemoryQueue, QueuedRecord, type LogQueue } from '../../lib/queues';
import { CollectingHandler, handlerContract } from '../../lib/testing';
import { some } from '../support/some';

/** Keeps what it was told instead of printing it. */
class QuietQueueHandler extends QueueHandler {
  readonly failures: unknown[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }
}

function prepared(record: LogRecord, options: QueueHandlerOptions = {}): QueuedRecord {
  const result = new QueueHandler(new InMemoryQueue(), options).prepare(record);
  expect(result).toBeInstanceOf(QueuedRecord);
  return result as QueuedRecord;
}

/** A queue whose records arrive when the test says so. */
class SlowQueue implements LogQueue {
  readonly arrivals: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  size = 0;

  enqueue(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.arrivals.push({ resolve: () => (this.size++, resolve()), reject });
    });
  }

  async dequeue(): Promise<[]> {
    return [];
  }

  close(): void {}
}

describe('QueueHandler', () => {
  const listeners = new Map<Handler, { listener: QueueListener; seen: CollectingHandler }>();
  const subject = {
    create(options: HandlerOptions) {
      const queue = new InMemoryQueue();
      const seen = new CollectingHandler();
      const handler = new QueueHandler(queue, options);
      listeners.set(handler, { seen, listener: new QueueListener(queue, [seen]).start() });
      return handler;
    },
    read: (handler: QueueHandler) => listeners.get(handler)?.seen.messages ?? [],
    cleanUp: async (handler: QueueHandler) => {
      await listeners.get(handler)?.listener.stop();
      await listeners.get(handler)?.seen.close();
    },
  };
  for (const { title, run } of handlerContract('QueueHandler', subject)) it(title, run);

  it('prints behind the queue what the handler would print without it', () => {
    const error = Object.assign(new TypeError('boom', { cause: new Error('why') }), { code: 'E_BOOM' });
    const make = () =>
      some.record({
        message: 'order %s failed',
        args: ['o-1', error, { user: 'jane' }],
        created: 1_700_000_000,
      });

    const behind = prepared(make()).restore();

    for (const formatter of [new JsonFormatter(), new Formatter('%(levelname)s %(message)s')])
      expect(formatter.format(behind)).toBe(formatter.format(make()));
  });

  it('refers to none of the arguments any more', () => {
    const queued = prepared(some.record({ message: 'order %s', args: ['o-1', { user: 'jane' }] }));

    expect(queued.args).toEqual([]);
    expect(queued.getMessage()).toBe('order o-1');
    expect(queued.extra).toEqual({ user: 'jane' });
  });

  it('keeps the scope, its ids and the mark of hindsight', () => {
    const record = some.record();
    record.context = { id: 's-1', fields: { requestId: 'r-1' }, tree: {} };
    record.hindsight = { scope: 's-1', reason: 'error' };
    record.seq = 3;

    expect(prepared(record)).toMatchObject({ context: record.context, hindsight: record.hindsight, seq: 3 });
  });

  it('takes secrets out of message, fields, ids and Error, and leaves the record to other handlers', () => {
    const error = Object.assign(new Error('boom'), { password: 'hunter2' });
    const record = some.record({
      message: 'login %j',
      args: [{ password: 'hunter2' }, error, { password: 'hunter2' }],
    });
    record.context = { id: 's-1', fields: { password: 'hunter2' }, tree: {} };

    const queued = prepared(record, { redact: ['password'], censor: '***' });

    expect(new JsonFormatter().format(queued.restore())).not.toContain('hunter2');
    expect(queued).toMatchObject({ extra: { password: '***' }, excInfo: { password: '***' } });
    expect(record.getMessage()).toContain('hunter2');
    expect(error.password).toBe('hunter2');
  });

  it('reads an object before the message, and an Error that a placeholder prints, as without a queue', () => {
    const error = Object.assign(new Error('boom'), { password: 'x' });
    const calls: readonly (readonly [unknown, ...unknown[]])[] = [
      [{ err: error, password: 'x', id: 1 }, 'failed with %j', { password: 'x' }],
      [{ message: 'placed', password: 'x' }],
      ['failed: %s', error, { password: 'x' }],
      ['%s', { toString: 1 }],
    ];

    for (const [message, ...args] of calls) {
      const record = some.record({ message, args });
      const queued = prepared(record, { redact: ['password'] });
      const plain = new JsonFormatter({ redact: ['password'] });

      expect(JSON.stringify([queued.msg, queued.extra])).not.toContain('"x"');
      expect(plain.format(queued.restore())).toBe(plain.format(record));
    }
  });

  it('sends nothing that fetch and other classes keep in private, and loses no record for it', () => {
    class Account {
      readonly #password = 'hunter2';
      [inspect.custom](): string {
        return this.#password;
      }
    }
    const headers = new Headers({ authorization: 'hunter2', host: 'shop' });
    const request = new Request('http://shop/?password=hunter2', { headers });
    const error = Object.assign(new Error('boom', { cause: { password: 'hunter2' } }), { request });
    const record = some.record({
      message: 'calling %o and %s',
      args: [
        headers,
        new Account(),
        request,
        error,
        { headers, query: new URLSearchParams('password=hunter2') },
      ],
    });

    const restored = prepared(record, { redact: ['**.password'] }).restore();

    for (const formatter of [new JsonFormatter(), new PrettyFormatter({ colors: false }), new Formatter()]) {
      expect(formatter.format(restored)).toContain('calling Headers {');
      expect(formatter.format(restored)).not.toContain('hunter2');
    }
    expect(encodeRecord(restored)).not.toContain('hunter2');
  });

  it('leaves the text of its formatter as the message', () => {
    const formatter = new Formatter('[%(levelname)s] %(message)s');

    const queued = prepared(some.record({ message: 'failed', error: new Error('boom') }), { formatter });

    expect(queued.parts).toBeUndefined();
    expect(queued.msg).toMatch(/^\[INFO\] failed\nError: boom\n/);
  });

  it('respects a format() of a subclass', () => {
    class TaggedHandler extends QueueHandler {
      override format(record: LogRecord): string {
        return `${super.format(record)} (tagged)`;
      }
    }
    const record = new TaggedHandler(new InMemoryQueue()).prepare(some.record({ error: new Error('boom') }));

    expect((record as QueuedRecord).restore().getMessage()).toMatch(/\(tagged\)$/);
  });

  it('marks its records for one handler behind the queue', () => {
    expect(prepared(some.record(), { to: 'audit' }).to).toBe('audit');
  });

  it('gives what a full queue throws to handleError', () => {
    const handler = new QuietQueueHandler(new InMemoryQueue({ maxSize: 1 }));

    handler.handle(some.record());
    handler.handle(some.record());

    expect(handler.failures).toEqual([new DeliveryError('the queue is full: 1 records already wait')]);
  });

  it('waits at flush and close for records on their way into the queue', async () => {
    const queue = new SlowQueue();
    const handler = new QuietQueueHandler(queue);
    handler.handle(some.record());

    const closed = Promise.resolve(handler.close());
    expect(handler.closed).toBe(false);
    queue.arrivals[0]?.resolve();
    await closed;

    expect(handler.closed).toBe(true);
    expect(queue.size).toBe(1);
    expect(handler.pending).toBe(0);
  });

  it('reports a record that the queue rejects later, and goes on', async () => {
    const queue = new SlowQueue();
    const handler = new QuietQueueHandler(queue);
    handler.handle(some.record());
    handler.handle(some.record());

    queue.arrivals[0]?.reject(new Error('broker is away'));
    queue.arrivals[1]?.resolve();
    await handler.flush();

    expect(handler.failures).toEqual([new Error('broker is away')]);
    expect(queue.size).toBe(1);
  });

  it('bounds the records on their way into the queue', () => {
    const handler = new QuietQueueHandler(new SlowQueue(), { maxPending: 2 });

    for (let i = 0; i < 3; i++) handler.handle(some.record());

    expect(handler.failures).toEqual([
      new DeliveryError('2 records are already on their way into the queue'),
    ]);
  });

  it('flushes the queue, also when the process ends, and leaves it open', async () => {
    const calls: string[] = [];
    const queue = Object.assign(new InMemoryQueue(), {
      flush: async () => void calls.push('flush'),
      flushSync: () => void calls.push('flushSync'),
      close: () => void calls.push('close'),
    });
    const handler = new QueueHandler(queue);

    await handler.flush();
    handler.flushSync();
    await handler.close();

    expect(calls).toEqual(['flush', 'flushSync', 'flush']);
  });

  it.each<[unknown, QueueHandlerOptions, string]>([
    [
      { put: true },
      {},
      'QueueHandler: "queue" must be a queue with an enqueue(record) method, got { put: true }.',
    ],
    [undefined, {}, 'QueueHandler: "queue" must be a queue with an enqueue(record) method, got undefined.'],
    [new InMemoryQueue(), { maxPending: 0 }, 'QueueHandler: "maxPending" must be a positive integer, got 0.'],
  ])('refuses %o with %j', (queue, options, message) => {
    expect(() => new QueueHandler(queue as LogQueue, options)).toThrow(new ConfigurationError(message));
  });
});
