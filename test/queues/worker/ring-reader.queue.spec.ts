import { describe, expect, it } from 'vitest';
import { encodeRecord, type Delivery } from '../../../lib/queues';
import { RingReaderQueue } from '../../../lib/queues/worker/ring-reader.queue';
import { SharedRing } from '../../../lib/queues/worker/shared-ring';
import { capturedStderr } from '../../support/captured-stderr';
import { some } from '../../support/some';

const never = new AbortController().signal;

function ringWith(...messages: readonly string[]): SharedRing {
  const ring = SharedRing.ofBytes(1024 * 1024);
  ring.admit(1);
  for (const message of messages) ring.write(encodeRecord(some.record({ message })));
  return ring;
}

function texts(batch: readonly Delivery[] | undefined): string[] | undefined {
  return batch?.map(({ record }) => record.getMessage());
}

describe('RingReaderQueue', () => {
  it('releases a record when it is acknowledged, and no sooner', async () => {
    const ring = ringWith('a', 'b');
    const batch = await new RingReaderQueue(ring, 1).dequeue(never);

    expect(texts(batch)).toEqual(['a', 'b']);
    expect(ring.size).toBe(2);
    await batch?.[0]?.ack?.();
    expect(ring.size).toBe(1);
  });

  it('gives records one by one up to a number, and the others together', async () => {
    const ring = ringWith('a', 'b', 'c', 'd');
    const reader = new RingReaderQueue(ring, 1, 2);

    expect(texts(await reader.dequeue(never))).toEqual(['a']);
    expect(texts(await reader.dequeue(never))).toEqual(['b']);
    expect(texts(await reader.dequeue(never))).toEqual(['c', 'd']);
  });

  it('gives few large records at once', async () => {
    const large = 'x'.repeat(200_000);
    const reader = new RingReaderQueue(ringWith(large, large, large), 1);

    expect(await reader.dequeue(never)).toHaveLength(2);
    expect(await reader.dequeue(never)).toHaveLength(1);
  });

  it('begins at the first record that was not acknowledged', async () => {
    const ring = ringWith('a', 'b', 'c');
    const dead = await new RingReaderQueue(ring, 1).dequeue(never);
    await dead?.[0]?.ack?.();
    ring.admit(2);

    expect(texts(await new RingReaderQueue(ring, 2).dequeue(never))).toEqual(['b', 'c']);
  });

  it('reads and releases nothing once another reader has its place', async () => {
    const ring = ringWith('a');
    const old = new RingReaderQueue(ring, 1);
    const batch = await old.dequeue(never);
    ring.admit(2);

    await batch?.[0]?.ack?.();

    expect(ring.size).toBe(1);
    expect(await old.dequeue(never)).toBeUndefined();
  });

  it('sleeps until it is woken', async () => {
    const ring = ringWith();
    const queue = new RingReaderQueue(ring, 1);
    const batch = queue.dequeue(never);

    ring.write(encodeRecord(some.record({ message: 'late' })));
    expect(ring.takeIdle()).toBe(true);
    queue.wake();

    expect(texts(await batch)).toEqual(['late']);
  });

  it('does not wait once the signal is aborted, nor when it is closed', async () => {
    const queue = new RingReaderQueue(ringWith(), 1);
    const abort = new AbortController();
    const waiting = queue.dequeue(abort.signal);
    abort.abort();

    expect(await waiting).toEqual([]);
    const last = queue.dequeue(never);
    queue.close();
    expect(await last).toBeUndefined();
  });

  it('passes over a text that is no record, and reports it', async () => {
    const stderr = capturedStderr();
    const ring = ringWith();
    ring.write('garbage');
    ring.write(encodeRecord(some.record({ message: 'good' })));

    expect(texts(await new RingReaderQueue(ring, 1).dequeue(never))).toEqual(['good']);
    expect(stderr.text).toContain('a record could not be read: FormatError: not a record');
  });

  it('takes no records itself', () => {
    const queue = new RingReaderQueue(ringWith('a'), 1);

    expect(() => queue.enqueue(some.record())).toThrow('records come from the other end of the ring');
    expect(queue.size).toBe(1);
  });
});
