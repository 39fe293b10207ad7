import { describe, expect, it } from 'vitest';
import {
  getHandlerByName,
  getLogger,
  InMemoryQueue,
  Manager,
  QueueHandler,
  QueueListener,
  type Handler,
} from '../../lib/logging';
import { ownQueue } from '../../lib/config/close-handler';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { HandlerLifecycleService } from '../../lib/nest/handler-lifecycle.service';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

class NotedHandler extends CollectingHandler {
  readonly #notes: string[];

  constructor(name: string, notes: string[]) {
    super({ name });
    this.#notes = notes;
  }

  override async flush(): Promise<void> {
    this.#notes.push(`flush ${this.name ?? ''}`);
    await Promise.resolve();
    this.#notes.push(`flushed ${this.name ?? ''}`);
  }

  override close(): void | Promise<void> {
    this.#notes.push(`close ${this.name ?? ''}`);
    return super.close();
  }
}

function logsOf(handlers: Record<string, Handler>, shutdownTimeout = 1000): ApplicationLogs {
  const options = checkOptions({ handlers, shutdownTimeout, logIfErrors: false });
  return new ApplicationLogs(new Manager(), options, new Map(Object.entries(handlers)));
}

describe('HandlerLifecycleService', () => {
  it('flushes and closes each handler once, newest first, waiting for each', async () => {
    const notes: string[] = [];
    const first = new NotedHandler('first', notes);
    const second = new NotedHandler('second', notes);
    const lifecycle = new HandlerLifecycleService(logsOf({ second, first, again: first }));

    await Promise.all([lifecycle.onApplicationShutdown(), lifecycle.onApplicationShutdown()]);
    await lifecycle.onApplicationShutdown();

    expect(notes).toEqual([
      'flush second',
      'flushed second',
      'close second',
      'flush first',
      'flushed first',
      'close first',
    ]);
    expect(getHandlerByName('first')).toBeUndefined();
  });

  it('knows a handler again behind a Proxy', async () => {
    const notes: string[] = [];
    const handler = new NotedHandler('only', notes);
    const wrapped = new Proxy(handler, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

    await new HandlerLifecycleService(logsOf({ handler, wrapped })).onApplicationShutdown();

    expect(notes.filter((note) => note === 'close only')).toHaveLength(1);
  });

  it('goes on to the next handler when one takes too long', async () => {
    const notes: string[] = [];
    const last = new NotedHandler('last', notes);
    const stuck = new NotedHandler('stuck', notes);
    stuck.flush = async () => new Promise(() => {});

    await new HandlerLifecycleService(logsOf({ last, stuck }, 20)).onApplicationShutdown();

    expect(notes).toEqual(['close stuck', 'flush last', 'flushed last', 'close last']);
  });

  it('takes the handlers off the loggers after the last record was written', async () => {
    const seen = new CollectingHandler();
    const logs = logsOf({ seen });

    await new HandlerLifecycleService(logs).onApplicationShutdown();

    expect(logs.tree.root.handlers).toEqual([]);
    expect(getLogger().handlers).toEqual([]);
  });
});

describe('the listener of a QueueHandler', () => {
  it('handles what waits before the handlers behind it are closed, and so ends the queue of a config', async () => {
    const seen = new CollectingHandler();
    const queue = new QueueHandler(new InMemoryQueue());
    queue.listener = new QueueListener(queue.queue, [seen]).start();
    ownQueue(queue, queue.queue);
    const logs = logsOf({ queue, seen });
    logs.tree.getLogger('shop').error('last words');

    await new HandlerLifecycleService(logs).onApplicationShutdown();

    expect(seen.messages).toContain('last words');
    expect(queue.listener.running).toBe(false);
    expect(() => queue.queue.enqueue(some.record())).toThrow('the queue is closed');
  });
});
