import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { ConfigurationError, DeliveryError } from '../../lib/errors';
import { InMemoryQueue, type Delivery, type InMemoryQueueOptions } from '../../lib/queues';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';

const never = new AbortController().signal;

function put(queue: InMemoryQueue, ...messages: readonly string[]): void {
  for (const message of messages) queue.enqueue(some.record({ message }));
}

function texts(batch: readonly Delivery[] | undefined): string[] | undefined {
  return batch?.map(({ record }) => record.getMessage());
}

describe('InMemoryQueue', () => {
  it('returns the records in order', async () => {
    const queue = new InMemoryQueue();
    put(queue, 'a', 'b', 'c');

    expect(queue.size).toBe(3);
    expect(texts(await queue.dequeue(never))).toEqual(['a', 'b', 'c']);
    expect(queue.size).toBe(0);
  });

  it('waits for the first record', async () => {
    const queue = new InMemoryQueue();
    const batch = queue.dequeue(never);

    put(queue, 'late');

    expect(texts(await batch)).toEqual(['late']);
  });

  it('delivers a record to one of two consumers', async () => {
    const queue = new InMemoryQueue();
    const [first, second] = [queue.dequeue(never), queue.dequeue(never)];

    put(queue, 'a', 'b');
    await first;
    put(queue, 'c');

    expect([...(texts(await first) ?? []), ...(texts(await second) ?? [])].toSorted()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('does not wait once the signal is aborted', async () => {
    const queue = new InMemoryQueue();
    const abort = new AbortController();
    const waiting = queue.dequeue(abort.signal);

    abort.abort();

    expect(await waiting).toEqual([]);
    put(queue, 'a');
    expect(texts(await queue.dequeue(abort.signal))).toEqual(['a']);
    expect(await queue.dequeue(abort.signal)).toEqual([]);
  });

  it('refuses the newest record when it is full, as queue.Full does', async () => {
    const queue = new InMemoryQueue({ maxSize: 2 });
    put(queue, 'a', 'b');

    expect(() => put(queue, 'c')).toThrow(new DeliveryError('the queue is full: 2 records already wait'));
    expect(queue.dropped).toBe(1);
    expect(texts(await queue.dequeue(never))).toEqual(['a', 'b']);
  });

  it('drops the oldest record if configured, and reports it', async () => {
    const stderr = capturedStderr();
    const before = diagnostics.count('InMemoryQueue');
    const queue = new InMemoryQueue({ maxSize: 2, overflow: 'drop-oldest' });

    put(queue, 'a', 'b', 'c', 'd');

    expect(texts(await queue.dequeue(never))).toEqual(['c', 'd']);
    expect(queue.dropped).toBe(2);
    expect(diagnostics.count('InMemoryQueue') - before).toBe(2);
    expect(stderr.text).toContain('the oldest record was dropped');
  });

  it('stays bounded and in order over many overflows', () => {
    capturedStderr();
    const queue = new InMemoryQueue({ maxSize: 10, overflow: 'drop-oldest' });

    for (let i = 0; i < 50_000; i++) put(queue, String(i));

    expect(queue.size).toBe(10);
    expect(texts(queue.dequeueSync())).toEqual(Array.from({ length: 10 }, (_, i) => String(49_990 + i)));
  });

  it('delivers many records in batches without a gap', async () => {
    const queue = new InMemoryQueue();
    for (let i = 0; i < 5000; i++) put(queue, String(i));

    const seen: string[] = [];
    while (queue.size > 0) seen.push(...(texts(await queue.dequeue(never)) ?? []));

    expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)));
  });

  it('delivers its records after close, then undefined', async () => {
    const queue = new InMemoryQueue();
    put(queue, 'a');
    queue.close();

    expect(() => put(queue, 'b')).toThrow(new DeliveryError('the queue is closed'));
    expect(texts(await queue.dequeue(never))).toEqual(['a']);
    expect(await queue.dequeue(never)).toBeUndefined();
  });

  it('ends the wait of all consumers when it is closed', async () => {
    const queue = new InMemoryQueue();
    const waiting = [queue.dequeue(never), queue.dequeue(never)];

    queue.close();

    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  it.each<[InMemoryQueueOptions, string]>([
    [{ maxSize: 0 }, 'InMemoryQueue: "maxSize" must be a positive integer, got 0.'],
    [
      { overflow: 'block' as 'drop-newest' },
      "InMemoryQueue: \"overflow\" must be 'drop-oldest' or 'drop-newest', got 'block'.",
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new InMemoryQueue(options)).toThrow(new ConfigurationError(message));
  });
});
