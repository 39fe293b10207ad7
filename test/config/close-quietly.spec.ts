import { describe, expect, it } from 'vitest';
import { closeQuietly } from '../../lib/config/close-quietly';
import { ownQueue } from '../../lib/config/owned-queues';
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

describe('closeQuietly', () => {
  it('reports what close throws', () => {
    capturedStderr();
    const handler = new Failing('thrower', () => {
      throw new Error('stuck');
    });

    closeQuietly(handler);

    expect(handler.closed).toBe(true);
    expect(diagnostics.count(handler.describe())).toBe(1);
  });

  it('reports a promise that is rejected', async () => {
    capturedStderr();
    const handler = new Failing('rejecter', async () => {
      throw new Error('stuck');
    });

    closeQuietly(handler);

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

    closeQuietly(handler);
    closeQuietly(other);

    expect(seen.messages).toEqual(['last']);
    expect(handler.listener.running).toBe(false);
    expect(() => own.enqueue(some.record())).toThrow('the queue is closed');
    expect(() => shared.enqueue(some.record())).not.toThrow();
  });
});
