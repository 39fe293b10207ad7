import { describe, expect, it } from 'vitest';
import { closeInBackground, ownQueue, releaseQueue } from '../../lib/config/close-handler';
import { diagnostics, Handler, InMemoryQueue, QueueHandler, QueueListener } from '../../lib/logging';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { until } from '../support/until';

class Failing extends Handler {
  readonly #fail: () => void | Promise<void>;

  constructor(name: string, fail: () => void | Promise<void>) {
    super({ name });
    this.#fail = fail;
  }

  override close(): void | Promise<void> {
    void super.close();
    return this.#fail();
  }
}

describe('closeInBackground', () => {
  it('reports what close throws', () => {
    capturedStderr();
    const handler = new Failing('thrower', () => {
      throw new Error('stuck');
    });

    closeInBackground(handler);

    expect(handler.closed).toBe(true);
    expect(diagnostics.count(handler.describe())).toBe(1);
  });

  it('reports a promise that is rejected', async () => {
    capturedStderr();
    const handler = new Failing('rejecter', async () => {
      throw new Error('stuck');
    });

    closeInBackground(handler);

    await until(() => diagnostics.count('Failing rejecter') === 1);
  });
});

describe('closing a QueueHandler', () => {
  it('has its listener handle what waits, and closes the queue that was made for it', async () => {
    const seen = new CollectingHandler();
    const [own, shared] = [new InMemoryQueue(), new InMemoryQueue()];
    const [handler, other] = [new QueueHandler(own), new QueueHandler(shared)];
    handler.listener = new QueueListener(own, [seen]).start();
    ownQueue(handler, own);
    handler.handle(some.record({ message: 'last' }));

    closeInBackground(handler);
    closeInBackground(other);

    expect(seen.messages).toEqual(['last']);
    expect(handler.listener.running).toBe(false);
    expect(() => own.enqueue(some.record())).toThrow('the queue is closed');
    expect(() => shared.enqueue(some.record())).not.toThrow();
  });
});

describe('releaseQueue', () => {
  it('gives the queue that was made for the handler, once, also for a wrapper of it', () => {
    const queue = new InMemoryQueue();
    const [handler, other] = [new QueueHandler(queue), new QueueHandler(queue)];

    ownQueue(handler, queue);

    const wrapped = new Proxy(handler, {});

    expect([releaseQueue(other), releaseQueue(wrapped), releaseQueue(handler)]).toEqual([
      undefined,
      queue,
      undefined,
    ]);
  });
});
