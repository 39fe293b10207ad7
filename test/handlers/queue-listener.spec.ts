import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { Handler, openHandlers } from '../../lib/core/handler';
import { ERROR } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { shutdown } from '../../lib/core/shutdown';
import { ConfigurationError } from '../../lib/errors';
import { JsonFormatter } from '../../lib/formatters';
import { FileHandler, QueueHandler, QueueListener, type QueueListenerOptions } from '../../lib/handlers';
import { InMemoryQueue, type Delivery, type LogQueue } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** A handler whose `handle` itself throws, which a Handler of ours never does. */
class BrokenHandler extends Handler {
  override handle(): false {
    throw new Error('handler broke');
  }
}

function put(queue: LogQueue, ...messages: readonly string[]): void {
  for (const message of messages) void queue.enqueue(some.record({ message }));
}

function listening(
  queue: LogQueue,
  handlers: readonly Handler[],
  options?: QueueListenerOptions,
): QueueListener {
  const listener = new QueueListener(queue, handlers, options).start();
  onTestFinished(() => listener.stop());
  return listener;
}

/** Remembers what was acknowledged, and what was refused. */
class AckQueue extends InMemoryQueue {
  readonly acked: string[] = [];
  readonly nacked: string[] = [];

  override dequeueSync(): readonly Delivery[] {
    return super.dequeueSync().map(({ record }) => ({
      record,
      ack: () => void this.acked.push(record.getMessage()),
      nack: () => void this.nacked.push(record.getMessage()),
    }));
  }
}

describe('QueueListener', () => {
  it('hands each record to each handler, in order', async () => {
    const queue = new InMemoryQueue();
    const [first, second] = [new CollectingHandler(), new CollectingHandler()];
    listening(queue, [first, second]);

    put(queue, 'a', 'b', 'c');

    await until(() => second.messages.length === 3);
    expect(first.messages).toEqual(['a', 'b', 'c']);
    expect(second.messages).toEqual(['a', 'b', 'c']);
  });

  it('does not handle a record in the turn in which it was logged', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    listening(queue, [seen]);
    await Promise.resolve();

    put(queue, 'a');
    for (let i = 0; i < 100; i++) await Promise.resolve();

    expect(seen.messages).toEqual([]);
  });

  it('drains at stop what was queued before, and leaves the rest for the next start', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const listener = listening(queue, [seen]);
    for (let i = 0; i < 3000; i++) put(queue, String(i));

    const stopped = listener.stop();
    expect(listener.running).toBe(false);
    await stopped;
    expect(seen.messages).toHaveLength(3000);

    put(queue, 'late');
    await listener.stop();
    expect(queue.size).toBe(1);
    listener.start();
    await until(() => seen.messages.at(-1) === 'late');
  });

  it('stops on a full queue', async () => {
    const queue = new InMemoryQueue({ maxSize: 2 });
    const seen = new CollectingHandler();
    put(queue, 'a', 'b');

    await listening(queue, [seen]).stop();

    expect(seen.messages).toEqual(['a', 'b']);
  });

  it('stops although a handler goes on logging into the queue', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const handler = new QueueHandler(queue);
    seen.addFilter(() => (handler.handle(some.record({ message: 'echo' })), true));
    put(queue, 'a');

    await listening(queue, [seen]).stop();

    expect(seen.messages[0]).toBe('a');
    expect(queue.size).toBeGreaterThan(0);
  });

  it('keeps the order when it is started again before the last run has ended', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const listener = listening(queue, [seen]);
    const numbers = Array.from({ length: 4000 }, (_, i) => String(i));
    put(queue, ...numbers);

    void listener.stop();
    listener.start();

    await until(() => seen.messages.length === 4000);
    expect(seen.messages).toEqual(numbers);
  });

  it('drains without the event loop', () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const listener = listening(queue, [seen]);
    for (let i = 0; i < 2500; i++) put(queue, String(i));

    listener.stopSync();
    listener.stopSync();

    expect(seen.messages).toEqual(Array.from({ length: 2500 }, (_, i) => String(i)));
    expect(listener.running).toBe(false);
  });

  it('handles no record twice when it is drained in the middle of a batch', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    // The first record ends the process, so to speak, while the others of its batch wait.
    class Ending extends CollectingHandler {
      override handle(record: LogRecord): LogRecord {
        if (record.getMessage() === 'a') listener.stopSync();
        return record;
      }
    }
    const listener = new QueueListener(queue, [new Ending(), seen]);
    listener.start();
    put(queue, 'a', 'b', 'c');

    await until(() => seen.messages.length >= 3);
    await listener.stop();

    expect(seen.messages.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('refuses to be started twice', () => {
    const listener = listening(new InMemoryQueue(), []);

    expect(() => listener.start()).toThrow(
      expect.objectContaining({
        code: 'ERR_LOG_STATE',
        message: 'QueueListener: the listener is already started; stop it first.',
      }),
    );
  });

  it('may be stopped twice, before it is started, and by `await using`', async () => {
    const listener = new QueueListener(new InMemoryQueue(), []);
    await listener.stop();
    listener.start();
    await Promise.all([listener.stop(), listener.stop()]);
    listener.start();
    await listener[Symbol.asyncDispose]();

    expect(listener.running).toBe(false);
  });

  it('ends when the queue is closed and empty', async () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const listener = listening(queue, [seen]);
    put(queue, 'a');
    queue.close();

    await until(() => !listener.running);
    expect(seen.messages).toEqual(['a']);
  });

  it('ignores the levels of its handlers unless told otherwise', async () => {
    for (const respectHandlerLevel of [false, true]) {
      const queue = new InMemoryQueue();
      const seen = new CollectingHandler({ level: ERROR });
      put(queue, 'a');
      await listening(queue, [seen], { respectHandlerLevel }).stop();

      expect(seen.messages).toEqual(respectHandlerLevel ? [] : ['a']);
    }
  });

  it('goes on when a handler throws, and tells of it', async () => {
    const stderr = capturedStderr();
    const before = diagnostics.count('QueueListener');
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    put(queue, 'a', 'b');

    await listening(queue, [new BrokenHandler(), seen]).stop();

    expect(seen.messages).toEqual(['a', 'b']);
    expect(diagnostics.count('QueueListener') - before).toBe(2);
    expect(stderr.text).toContain('BrokenHandler threw: Error: handler broke');
  });

  it('gives a record that is meant for one handler to that one only, and reports one it does not have', async () => {
    const stderr = capturedStderr();
    const queue = new InMemoryQueue();
    class RoutingListener extends QueueListener {}
    const [app, audit] = [new CollectingHandler({ name: 'app' }), new CollectingHandler({ name: 'audit' })];
    new QueueHandler(queue, { to: 'audit' }).handle(some.record({ message: 'a' }));
    new QueueHandler(queue, { to: 'gone' }).handle(some.record({ message: 'b' }));

    await new RoutingListener(queue, [app, audit]).start().stop();

    expect([app.messages, audit.messages]).toEqual([[], ['a']]);
    expect(stderr.text).toContain('the record is for the handler "gone", which is not behind the queue');
    await Promise.all([app.close(), audit.close()]);
  });

  it('acknowledges what the handlers took, and gives back what they failed with', async () => {
    capturedStderr();
    const queue = new AckQueue();
    put(queue, 'a', 'b');
    await listening(queue, [new CollectingHandler()]).stop();
    put(queue, 'c');
    await listening(queue, [new BrokenHandler()]).stop();

    expect(queue.acked).toEqual(['a', 'b']);
    expect(queue.nacked).toEqual(['c']);
  });

  it('flushes the handlers before it acknowledges, if told to', async () => {
    const queue = new AckQueue();
    const order: string[] = [];
    const handler = new CollectingHandler();
    handler.flush = async () => void order.push(`flush, ${queue.acked.length} acknowledged`);
    put(queue, 'a', 'b');

    await listening(queue, [handler], { flushBeforeAck: true }).stop();

    expect(order).toEqual(['flush, 0 acknowledged']);
    expect(queue.acked).toEqual(['a', 'b']);
  });

  it('is stopped by shutdown() before its handlers are closed', async () => {
    const queue = new InMemoryQueue();
    const file = new CollectingHandler();
    const closedWith: number[] = [];
    file.close = () => void closedWith.push(file.messages.length);
    const listener = listening(queue, [file]);
    put(queue, 'a', 'b');

    await shutdown();

    expect(closedWith).toEqual([2]);
    expect(listener.running).toBe(false);
    void CollectingHandler.prototype.close.call(file);
  });

  it('handles what waits when the process ends', () => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    listening(queue, [seen]);
    put(queue, 'a');

    openHandlers.flushSync();

    expect(seen.messages).toEqual(['a']);
  });

  it('leaves what it has not handled to a queue that outlives the process', async () => {
    const acked: string[] = [];
    const delivery = (message: string): Delivery => ({
      record: some.record({ message }),
      ack: () => void acked.push(message),
    });
    const batches = [[delivery('a'), delivery('b')]];
    const queue: LogQueue = {
      size: 0,
      enqueue: () => undefined,
      close: () => undefined,
      dequeue: async () => batches.shift(),
    };
    const seen = new CollectingHandler();
    const listener = listening(queue, [seen]);
    await Promise.resolve();

    openHandlers.flushSync();

    expect([seen.messages, acked]).toEqual([[], []]);
    await until(() => !listener.running);
    expect(acked).toEqual(['a', 'b']);
  });

  it('lets requests through while it drains 100 000 records', async () => {
    const queue = new InMemoryQueue();
    const file = new FileHandler(join(tempDir(), 'app.log'), { formatter: new JsonFormatter() });
    const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until(() => server.listening);
    const { port } = server.address() as AddressInfo;
    const handler = new QueueHandler(queue);
    for (let i = 0; i < 100_000; i++) handler.handle(some.record({ message: 'order placed' }));
    const listener = listening(queue, [file]);
    let answered = 0;
    const turns: number[] = [];
    let last = process.cpuUsage();
    const probe = (): void => {
      const { user, system } = process.cpuUsage(last);
      turns.push((user + system) / 1000);
      last = process.cpuUsage();
      if (queue.size > 0) setImmediate(probe);
    };

    setImmediate(probe);
    while (queue.size > 0) {
      await new Promise((resolve) =>
        get({ port, host: '127.0.0.1', agent: false }, (r) => r.resume().on('end', resolve)),
      );
      if (queue.size > 0) answered++;
    }
    await listener.stop();
    await file.close();

    const sorted = turns.toSorted((a, b) => a - b);
    // CPU, since a busy machine puts the process aside for longer than that; not the longest, which has the collector's work.
    expect(sorted[Math.floor(sorted.length * 0.75)]).toBeLessThan(5);
    expect(answered).toBeGreaterThan(5);
  });

  it.each<[unknown, unknown, QueueListenerOptions, string]>([
    [{}, [], {}, 'QueueListener: "queue" must be a queue with a dequeue(signal) method, got {}.'],
    [new InMemoryQueue(), 'file', {}, 'QueueListener: "handlers" must be a list of handlers, got \'file\'.'],
    [
      new InMemoryQueue(),
      [undefined],
      {},
      'QueueListener: "handlers" must be a list of handlers, got [ undefined ].',
    ],
    [new InMemoryQueue(), [], { turnMs: 0 }, 'QueueListener: "turnMs" must be a positive integer, got 0.'],
  ])('refuses %o, %o, %j', (queue, handlers, options, message) => {
    expect(() => new QueueListener(queue as LogQueue, handlers as Handler[], options)).toThrow(
      new ConfigurationError(message),
    );
  });
});
