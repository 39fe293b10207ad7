import { describe, expect, it } from 'vitest';
import { ownedQueue, ownQueue } from '../../lib/config/owned-queues';
import { InMemoryQueue, QueueHandler } from '../../lib/logging';

describe('ownedQueue', () => {
  it('is the queue that was made for the handler', () => {
    const queue = new InMemoryQueue();
    const [handler, other] = [new QueueHandler(queue), new QueueHandler(queue)];

    ownQueue(handler, queue);

    expect([ownedQueue(handler), ownedQueue(other)]).toEqual([queue, undefined]);
  });
});
