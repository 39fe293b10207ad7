import { describe, expect, it } from 'vitest';
import { EndingQueue } from '../../lib/cli/ending.queue';
import { InMemoryQueue } from '../../lib/queues';
import { some } from '../support/some';

const NEVER = new AbortController().signal;

describe('EndingQueue', () => {
  it('passes everything on', async () => {
    const inner = new InMemoryQueue();
    const queue = new EndingQueue(inner);
    void queue.enqueue(some.record());
    expect(queue.size).toBe(1);

    await expect(queue.dequeue(NEVER)).resolves.toHaveLength(1);
    void queue.close();

    expect(() => inner.enqueue(some.record())).toThrow('closed');
  });

  it('tells when the queue is at its end', async () => {
    const inner = new InMemoryQueue();
    const queue = new EndingQueue(inner);
    inner.close();

    await expect(queue.dequeue(NEVER)).resolves.toBeUndefined();
    await expect(queue.ended).resolves.toBeUndefined();
  });

  it('is at its end when the queue fails, and tells why', async () => {
    const inner = new InMemoryQueue();
    inner.dequeue = () => Promise.reject(new Error('gone'));
    const queue = new EndingQueue(inner);

    await expect(queue.dequeue(NEVER)).resolves.toBeUndefined();
    await expect(queue.ended).resolves.toMatchObject({ message: 'gone' });
  });
});
