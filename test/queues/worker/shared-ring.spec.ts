import { describe, expect, it } from 'vitest';
import { SharedRing } from '../../../lib/queues/worker/shared-ring';

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
  it('hands texts over in order, whatever their characters', () => {
    const ring = SharedRing.ofBytes(4096);
    const texts = ['plain', '', 'žluťoučký', '日本語 🙂', 'x'.repeat(500)];

    for (const text of texts) expect(ring.write(text)).toBe(true);

    expect(ring.size).toBe(5);
    expect(readAll(otherEnd(ring))).toEqual(texts);
    expect([ring.size, ring.isEmpty]).toEqual([0, true]);
  });

  it('refuses a text for which there is no room, and has room again once others are released', () => {
    const ring = SharedRing.ofBytes(1024);
    let written = 0;
    while (ring.write('x'.repeat(100))) written++;

    expect(written).toBeGreaterThan(5);
    expect(ring.write('y'.repeat(100))).toBe(false);
    expect(readAll(otherEnd(ring))).toHaveLength(written);
    expect(ring.write('y'.repeat(100))).toBe(true);
  });

  it('has as much room when it is empty, wherever the last text ended', () => {
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

  it('keeps what was read and not released for the next reader', () => {
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

  it('skips the first text when told to', () => {
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

  it('tells when a text was released, and when a flush was done', () => {
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

  it('takes no flush back when one that began earlier ends later', () => {
    const ring = SharedRing.ofBytes(1024);

    for (const id of [2, 1]) ring.setFlushed(id);

    expect(ring.waitForFlush(2, 1)).toBe(true);
  });

  it('knows which reader may read, and which is set up', () => {
    const ring = SharedRing.ofBytes(1024);
    ring.admit(1);
    ring.setReady(1);
    ring.admit(2);

    expect([ring.generation, ring.isReady(1), ring.isReady(2)]).toEqual([2, true, false]);
  });

  it('waits for a release no longer than asked', () => {
    const ring = SharedRing.ofBytes(1024);
    const before = performance.now();

    ring.waitForRelease(10);

    expect(performance.now() - before).toBeGreaterThan(5);
  });
});
