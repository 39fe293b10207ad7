import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import { FactoryRegistry, type ConfigFactories } from '../../lib/config/factories';
import type { Settings } from '../../lib/config/schema';
import { releaseQueue } from '../../lib/config/close-handler';
import { createQueueHandler, prepareQueue, QUEUE_ROWS, startListener } from '../../lib/config/queue-entries';
import { InMemoryQueue, NullHandler, QueueHandler, QueueListener } from '../../lib/logging';
import { capturedStderr } from '../support/captured-stderr';

const place = new ConfigPlace('dictConfig', 'handlers.q');

class OwnListener extends QueueListener {}
class OwnHandler extends QueueHandler {}

function prepare(settings: Settings, factories: ConfigFactories = {}): Settings {
  return prepareQueue(settings, { place, factories: new FactoryRegistry(factories, place) });
}

function create(settings: Settings, factories: ConfigFactories = {}): QueueHandler {
  return createQueueHandler(prepare(settings, factories), QueueHandler);
}

describe('createQueueHandler', () => {
  it('makes a queue in memory and a listener that is not started', () => {
    const sink = new NullHandler();

    const handler = create({ handlers: [sink], respectHandlerLevel: true, turnMs: 7, flushBeforeAck: true });

    expect(handler.queue).toBeInstanceOf(InMemoryQueue);
    expect(handler.listener).toMatchObject({
      queue: handler.queue,
      handlers: [sink],
      respectHandlerLevel: true,
      flushBeforeAck: true,
      turnMs: 7,
      running: false,
    });
  });

  it.each<[unknown, number]>([
    ['queue.Queue', 100_000],
    ['InMemoryQueue', 100_000],
    [{ '()': 'queue.Queue', maxsize: 10 }, 10],
    [{ '()': 'queue.Queue', maxsize: 0 }, 100_000],
    [{ '()': 'InMemoryQueue', max_size: 20, overflow: 'drop-oldest' }, 20],
    [new InMemoryQueue({ maxSize: 30 }), 30],
    ['app.queue', 40],
    [{ '()': 'app.queue' }, 40],
  ])('takes the queue %j', (queue, maxSize) => {
    const handler = create({ queue }, { 'app.queue': () => new InMemoryQueue({ maxSize: 40 }) });

    expect(handler.queue).toMatchObject({ maxSize });
  });

  it('calls the factory of a queue only when the handler is made', () => {
    let calls = 0;
    const prepared = prepare({ queue: 'app.queue' }, { 'app.queue': () => (calls++, new InMemoryQueue()) });
    expect(calls).toBe(0);

    createQueueHandler(prepared, QueueHandler);
    expect(calls).toBe(1);
  });

  it.each<[unknown, typeof QueueListener]>([
    ['logging.handlers.QueueListener', QueueListener],
    [OwnListener, OwnListener],
    ['OwnListener', OwnListener],
    [(...given: ConstructorParameters<typeof QueueListener>) => new OwnListener(...given), OwnListener],
    [{ '()': 'app.listener', turnMs: 5 }, OwnListener],
  ])('takes the listener %j', (listener, type) => {
    const factories = { OwnListener, 'app.listener': () => OwnListener };

    expect(create({ listener }, factories).listener?.constructor).toBe(type);
  });

  it('makes a subclass of QueueHandler', () => {
    expect(createQueueHandler(prepare({}), OwnHandler)).toBeInstanceOf(OwnHandler);
  });

  it.each<[Settings, string]>([
    [
      { queue: 4 },
      '"handlers.q.queue" must be a queue, one of InMemoryQueue, queue.Queue, queue.SimpleQueue, WorkerQueue, ',
    ],
    [{ queue: { maxsize: 10 } }, '"handlers.q.queue" must be a queue, '],
    [
      { queue: 'queue.Quue' },
      '"handlers.q.queue": "queue.Quue" is no queue and not in "factories", did you mean ',
    ],
    [{ queue: { '()': 'queue.Queue', size: 1 } }, '"handlers.q.queue": unknown option "size"'],
    [{ listener: NullHandler }, '"handlers.q.listener" must be a listener class, '],
    [{ listener: 'logging.StreamHandler' }, '"handlers.q.listener" must be a listener class, '],
    [{ listener: { respectHandlerLevel: true } }, '"handlers.q.listener" must be a listener class, '],
    [{ listener: { '()': 'nobody' } }, `"handlers.q.listener['()']": 'nobody' is not in "factories".`],
  ])('refuses %j', (settings, message) => {
    expect(() => prepare(settings)).toThrow(message);
  });

  it('makes a WorkerQueue without a listener here, and never of code that data names', async () => {
    // The program of its thread is there in the compiled package only.
    capturedStderr();
    const handler = create({
      queue: { '()': 'WorkerQueue', handlers: { a: { class: 'NullHandler' } }, wait_ms: 9 },
    });
    onTestFinished(async () => handler.queue.close());

    expect(handler.queue).toMatchObject({ waitMs: 9 });
    expect(handler.listener).toBeUndefined();
    for (const key of ['module', 'entry']) {
      expect(() => prepare({ queue: { '()': 'WorkerQueue', [key]: '/etc/passwd' } })).toThrow(
        `unknown option "${key}"`,
      );
    }
    expect(() => prepare({ queue: 'WorkerQueue', handlers: [new NullHandler()] })).toThrow(
      '"handlers.q.handlers": a WorkerQueue has its own handlers, as data in "queue".',
    );
  });

  it('makes a RedisStreamQueue, which is closed with the handler', async () => {
    const handler = create({ queue: { '()': 'RedisStreamQueue', stream: 'shop', max_length: 10 } });

    expect(handler.queue).toMatchObject({ stream: 'shop' });
    expect(releaseQueue(handler)).toBe(handler.queue);
    await handler.queue.close();
    expect(releaseQueue(create({ queue: new InMemoryQueue() }))).toBeUndefined();
  });

  it('closes the queue again when the handler cannot be made', () => {
    expect(() => create({ queue: { '()': 'queue.Queue', maxsize: -1 } })).toThrow(
      'InMemoryQueue: "maxSize" must be a positive integer',
    );
    expect(() => create({ queue: 'RedisStreamQueue', maxPending: -1 })).toThrow(
      'QueueHandler: "maxPending" must be',
    );
  });

  it('refuses what factories return in the place of a queue and a listener', () => {
    expect(() => create({ queue: () => 7 })).toThrow(
      '"handlers.q.queue" must be made by a factory that returns a queue',
    );
    expect(() => create({ listener: { '()': () => 7 } })).toThrow(
      'that returns a listener class or a function',
    );
  });
});

describe('startListener', () => {
  it('starts it where that is wanted', async () => {
    const handler = create({});
    onTestFinished(async () => handler.listener?.stop());

    startListener(handler, {});
    expect(handler.listener?.running).toBe(false);

    startListener(handler, { autoStart: true });
    expect(handler.listener?.running).toBe(true);
  });
});

describe('QUEUE_ROWS', () => {
  it("takes Python's queues for the one in memory, with their maxsize", () => {
    const sizes = [{ maxsize: 5 }, { maxsize: 0 }, { maxSize: 7 }, {}].map(
      (settings) => QUEUE_ROWS.get('queue.Queue')?.create(settings) as { maxSize?: number } | undefined,
    );

    expect(sizes.map((queue) => queue?.maxSize)).toEqual([5, 100_000, 7, 100_000]);
  });

  it('loads no code that data names', () => {
    const options = [...QUEUE_ROWS.values()].flatMap((row) => row.options);

    expect(options.filter((name) => ['module', 'entry'].includes(name))).toEqual([]);
  });
});
