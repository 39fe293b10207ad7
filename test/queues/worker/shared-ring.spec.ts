import { describe, expect, it } from 'vitest';
import { encodeRecord, type Delivery } from '../../../lib/queues';
import { RingReaderQueue, SharedRing } from '../../../lib/queues/worker/shared-ring';
import { capturedStderr } from '../../support/captured-stderr';
import { some } from '../../support/some';

/** Reads and releases all that is there, from the first unreleased. */
function readAll(ring: SharedRing): string[] {
  const texts: string[] = [];
  for (let frame = ring.frameAt(ring.head); frame !== undefined; frame = ring.frameAt(ring.head)) {
    texts.push(frame.text);
    ring.release(frame);
  }
  return texts;
}

/** The ring as the other thread has it. */
function otherEnd(ring: SharedRing): SharedRing {
  return new SharedRing(ring.shared);
}

describe('SharedRing', () => {
  it('passes texts in order, with any characters', () => {
    const ring = SharedRing.ofBytes(4096);
    const texts = ['plain', '', 'žluťoučký', '日本語 🙂', 'x'.repeat(500)];

    for (const text of texts) expect(ring.write(text)).toBe(true);

    expect(ring.size).toBe(5);
    expect(readAll(otherEnd(ring))).toEqual(texts);
    expect([ring.size, ring.isEmpty]).toEqual([0, true]);
  });

  it('refuses a text if it is full, and has space again after a release', () => {
    const ring = SharedRing.ofBytes(1024);
    let written = 0;
    while (ring.write('x'.repeat(100))) written++;

    expect(written).toBeGreaterThan(5);
    expect(ring.write('y'.repeat(100))).toBe(false);
    expect(readAll(otherEnd(ring))).toHaveLength(written);
    expect(ring.write('y'.repeat(100))).toBe(true);
  });

  it('has the same space when it is empty, wherever the last text ended', () => {
    const ring = SharedRing.ofBytes(2 * 1024 * 1024);
    for (let round = 0; round < 30; round++) {
      let written = 0;
      while (written < 1500 && ring.write('x'.repeat(1000))) written++;
      expect(written).toBe(1500);
      readAll(ring);
    }
  });

  it('takes the longest text it promises, wherever the last one ended', () => {
    const ring = SharedRing.ofBytes(1000);
    const longest = 'x'.repeat(ring.maxTextBytes);
    for (let filler = 0; filler < 400; filler += 3) {
      expect(ring.write('f'.repeat(filler % 90))).toBe(true);
      readAll(ring);
      expect(ring.write(longest)).toBe(true);
      expect(readAll(ring)).toEqual([longest]);
    }
  });

  it('loses and repeats nothing over many rounds of random texts', () => {
    const ring = SharedRing.ofBytes(700);
    const reader = otherEnd(ring);
    const [sent, seen]: [string[], string[]] = [[], []];
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;

    for (let i = 0; i < 20_000; i++) {
      const text = `${i}${'é'.repeat(random(40))}`;
      if (ring.write(text)) sent.push(text);
      if (random(3) === 0) {
        const frame = reader.frameAt(reader.head);
        if (frame !== undefined) {
          seen.push(frame.text);
          reader.release(frame);
        }
      }
      expect(ring.size).toBe(sent.length - seen.length);
    }
    seen.push(...readAll(reader));

    expect(seen).toEqual(sent);
  });

  it('keeps texts that were read but not released for the next reader', () => {
    const ring = SharedRing.ofBytes(1024);
    for (const text of ['a', 'b', 'c']) ring.write(text);
    const first = otherEnd(ring);
    const frame = first.frameAt(first.head);
    if (frame !== undefined) {
      first.frameAt(frame.next);
      first.release(frame);
    }

    expect(readAll(otherEnd(ring))).toEqual(['b', 'c']);
  });

  it('skips the first text on request', () => {
    const ring = SharedRing.ofBytes(1024);
    for (const text of ['poison', 'b']) ring.write(text);

    ring.skip();

    expect(readAll(ring)).toEqual(['b']);
    ring.skip();
    expect(ring.isEmpty).toBe(true);
  });

  it('lets the writer wake the reader once for each time it goes to sleep', () => {
    const ring = SharedRing.ofBytes(1024);
    const reader = otherEnd(ring);

    expect(ring.takeIdle()).toBe(false);
    expect(reader.goIdle(reader.head)).toBe(true);
    ring.write('a');
    expect([ring.takeIdle(), ring.takeIdle()]).toEqual([true, false]);
  });

  it('does not let the reader sleep while there is something to read', () => {
    const ring = SharedRing.ofBytes(1024);
    ring.write('a');

    expect(ring.goIdle(ring.head)).toBe(false);
    expect(ring.takeIdle()).toBe(false);
  });

  it('knows when a text was released, and when a flush was done', () => {
    const ring = SharedRing.ofBytes(1024);
    ring.write('a');
    const last = ring.written;

    expect([ring.isReleased(last), ring.waitForFlush(1, 1)]).toEqual([false, false]);
    readAll(ring);
    ring.setFlushed(1);

    expect([ring.isReleased(last), ring.waitForFlush(1, 1), ring.waitForFlush(2, 1)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('keeps a flush when an earlier one ends later', () => {
    const ring = SharedRing.ofBytes(1024);

    for (const id of [2, 1]) ring.setFlushed(id);

    expect(ring.waitForFlush(2, 1)).toBe(true);
  });

  it('knows which reader may read, and which is ready', () => {
    const ring = SharedRing.ofBytes(1024);
    ring.admit(1);
    ring.setReady(1);
    ring.admit(2);

    expect([ring.generation, ring.isReady(1), ring.isReady(2)]).toEqual([2, true, false]);
  });

  it('waits for a release within its time limit', () => {
    const ring = SharedRing.ofBytes(1024);
    const before = performance.now();

    ring.waitForRelease(10);

    expect(performance.now() - before).toBeGreaterThan(5);
  });
});

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
  it('releases a record only when it is acknowledged', async () => {
    const ring = ringWith('a', 'b');
    const batch = await new RingReaderQueue(ring, 1).dequeue(never);

    expect(texts(batch)).toEqual(['a', 'b']);
    expect(ring.size).toBe(2);
    await batch?.[0]?.ack?.();
    expect(ring.size).toBe(1);
  });

  it('delivers records one by one up to a number, and the others together', async () => {
    const ring = ringWith('a', 'b', 'c', 'd');
    const reader = new RingReaderQueue(ring, 1, 2);

    expect(texts(await reader.dequeue(never))).toEqual(['a']);
    expect(texts(await reader.dequeue(never))).toEqual(['b']);
    expect(texts(await reader.dequeue(never))).toEqual(['c', 'd']);
  });

  it('delivers only a few large records together', async () => {
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

  it('reads and releases nothing after another reader replaced it', async () => {
    const ring = ringWith('a');
    const old = new RingReaderQueue(ring, 1);
    const batch = await old.dequeue(never);
    ring.admit(2);

    await batch?.[0]?.ack?.();

    expect(ring.size).toBe(1);
    expect(await old.dequeue(never)).toBeUndefined();
  });

  it('waits until it is woken', async () => {
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

  it('skips a text that is not a record, and reports it', async () => {
    const stderr = capturedStderr();
    const ring = ringWith();
    ring.write('garbage');
    ring.write(encodeRecord(some.record({ message: 'good' })));

    expect(texts(await new RingReaderQueue(ring, 1).dequeue(never))).toEqual(['good']);
    expect(stderr.text).toContain('a record could not be read: FormatError: not a record');
  });

  it('accepts no records itself', () => {
    const queue = new RingReaderQueue(ringWith('a'), 1);

    expect(() => queue.enqueue(some.record())).toThrow('records come from the other end of the ring');
    expect(queue.size).toBe(1);
  });
});
