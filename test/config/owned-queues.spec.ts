import { describe, expect, it } from 'vitest';
import { releaseQueue, ownQueue } from '../../lib/config/owned-queues';
import { InMemoryQueue, QueueHandler } from '../../lib/logging';

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
