import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Handler,
  handlerStats,
  InMemoryQueue,
  QueueHandler,
  SocketHandler,
  type LogQueue,
} from '../../lib/logging';
import { statsOf } from '../../lib/handlers/handler-stats';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';

const FILE = { isQueued: false, queued: 0, queuedBytes: 0, sent: 0, retried: 0, unconfirmed: 0, dropped: 0 };

describe('handlerStats', () => {
  it('lists the open handlers, newest first', async () => {
    const [older, newer] = [new CollectingHandler(), new CollectingHandler()];
    older.name = 'older of two';
    newer.name = 'newer of two';
    const names = (): string[] => handlerStats().map(({ handler }) => handler);

    const at = ['newer of two', 'older of two'].map((name) =>
      names().findIndex((handler) => handler.endsWith(name)),
    );
    expect(at[0]).toBeGreaterThanOrEqual(0);
    expect(at[1]).toBeGreaterThan(at[0] ?? 0);
    await newer.close();
    await older.close();
    expect(names().filter((name) => name.endsWith('of two'))).toEqual([]);
  });

  it('counts the failures of a handler without a queue', () => {
    capturedStderr();
    class BrokenFile extends Handler {
      override emit(): void {
        throw new Error('ENOSPC');
      }
    }
    const handler = new BrokenFile();
    handler.handle(some.record({}));
    handler.handle(some.record({}));

    expect(statsOf(handler)).toEqual({ handler: handler.describe(), ...FILE, failures: 2 });
  });

  it('adds up what a network handler sent, dropped and still holds', async () => {
    capturedStderr();
    const handler = new SocketHandler('127.0.0.1', 1, { maxQueued: 2, flushTimeout: 0.01 });
    onTestFinished(() => handler.close());
    for (let i = 0; i < 5; i++) handler.handle(some.record({}));

    expect(statsOf(handler)).toMatchObject({ isQueued: true, queued: 2, sent: 0, dropped: 3 });
  });

  it('counts what waits in the queue behind a QueueHandler', async () => {
    const queue = new InMemoryQueue({ maxSize: 2 });
    const handler = new QueueHandler(queue);
    handler.handleError = () => undefined;
    for (let i = 0; i < 3; i++) handler.handle(some.record({}));

    expect(statsOf(handler)).toMatchObject({ isQueued: true, queued: 2, dropped: 1 });
  });

  it('counts what waits on the way into it', () => {
    const queue: LogQueue = {
      size: 0,
      enqueue: () => new Promise(() => undefined),
      dequeue: async () => undefined,
      close: () => undefined,
    };
    const handler = new QueueHandler(queue);
    handler.handle(some.record({}));

    expect(statsOf(handler)).toMatchObject({ queued: 1 });
  });
});
