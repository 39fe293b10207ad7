import { describe, expect, it } from 'vitest';
import { ownQueue } from '../../../lib/config/close-handler';
import {
  defaultManager,
  getHandlerByName,
  getLogger,
  InMemoryQueue,
  QueueHandler,
  QueueListener,
  type Handler,
  type Manager,
} from '../../../lib/logging';
import type { ApplicationLogs } from '../../../lib/nest/application/application-logs';
import { applications, endApplication } from '../../../lib/nest/application/applications';
import { CollectingHandler } from '../../../lib/testing';
import { logsOf } from '../../support/live-application';
import { some } from '../../support/some';

const create = (tree: Manager): ApplicationLogs => logsOf({}, tree);

function end(application: ApplicationLogs): void {
  application.release();
  applications.remove(application);
}

describe('applications', () => {
  it('gives the default tree to the first application, and to the next one after that has ended', () => {
    const first = applications.add(create);
    const second = applications.add(create);
    end(first);
    const third = applications.add(create);

    expect(first.tree.data).toBe(defaultManager.data);
    expect(second.tree.data).not.toBe(defaultManager.data);
    expect(third.tree.data).toBe(defaultManager.data);
    [second, third].forEach(end);
  });

  it('finds the application of a module container', () => {
    const [application, modules] = [applications.add(create), new Map()];

    applications.bind(modules, application);

    expect(applications.ofModules(modules)).toBe(application);
    expect(applications.ofModules(new Map())).toBeUndefined();
    expect(applications.ofContainer({ getModules: () => modules })).toBe(application);
    expect(applications.ofContainer(undefined)).toBe(application);
    end(application);
  });

  it('knows the newest running application', () => {
    const [first, second] = [applications.add(create), applications.add(create)];

    expect(applications.newest).toBe(second);
    end(second);
    expect(applications.newest).toBe(first);
    end(first);
    expect(applications.newest).toBeUndefined();
  });

  it('uses the first import of forRoot() for an application with several', () => {
    const modules = new Map();
    const other = applications.add(create);
    const logs = [applications.add(create, modules), applications.add(create, modules)];

    expect(applications.newest).toBe(logs[0]);
    expect(applications.allOfModules(modules)).toEqual(logs);
    [other, ...logs].forEach(end);
  });

  it('keeps the default tree for an application whose start has failed until its handlers are closed', () => {
    const failed = applications.add(create);
    applications.letGo(failed);
    const next = applications.add(create);
    const standIn: unknown = defaultManager.standIn;
    end(failed);

    expect(next.tree.data).not.toBe(defaultManager.data);
    expect(standIn).toBe(next.tree);
    end(next);
    expect(defaultManager.standIn).toBeUndefined();
  });
});

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

function logsWith(handlers: Record<string, Handler>, shutdownTimeout = 1000): ApplicationLogs {
  return logsOf({ handlers, shutdownTimeout, logIfErrors: false });
}

describe('endApplication', () => {
  it('flushes and closes each handler once, one after the other, the newest first', async () => {
    const notes: string[] = [];
    const first = new NotedHandler('first', notes);
    const second = new NotedHandler('second', notes);
    const logs = logsWith({ second, first, again: first });

    await Promise.all([endApplication(logs), endApplication(logs)]);
    await endApplication(logs);

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

  it('recognises a handler behind a Proxy', async () => {
    const notes: string[] = [];
    const handler = new NotedHandler('only', notes);
    const wrapped = new Proxy(handler, {
      get(target, key): unknown {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

    await endApplication(logsWith({ handler, wrapped }));

    expect(notes.filter((note) => note === 'close only')).toHaveLength(1);
  });

  it('continues with the next handler if one takes too long', async () => {
    const notes: string[] = [];
    const last = new NotedHandler('last', notes);
    const stuck = new NotedHandler('stuck', notes);
    stuck.flush = async () => new Promise(() => {});

    await endApplication(logsWith({ last, stuck }, 20));

    expect(notes).toEqual(['close stuck', 'flush last', 'flushed last', 'close last']);
  });

  it('removes the handlers from the loggers', async () => {
    const seen = new CollectingHandler();
    const logs = logsWith({ seen });

    await endApplication(logs);

    expect(logs.tree.root.handlers).toEqual([]);
    expect(getLogger().handlers).toEqual([]);
  });
});

describe('the listener of a QueueHandler', () => {
  it('handles the records in the queue before its handlers are closed, then closes the queue of a config', async () => {
    const seen = new CollectingHandler();
    const queue = new QueueHandler(new InMemoryQueue());
    queue.listener = new QueueListener(queue.queue, [seen]).start();
    ownQueue(queue, queue.queue);
    const logs = logsWith({ queue, seen });
    logs.tree.getLogger('shop').error('last words');

    await endApplication(logs);

    expect(seen.messages).toContain('last words');
    expect(queue.listener.running).toBe(false);
    expect(() => queue.queue.enqueue(some.record())).toThrow('the queue is closed');
  });
});
