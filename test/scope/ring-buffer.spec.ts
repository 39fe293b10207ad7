/** RingBuffer: which records stay, in which order, and where the gap is. */
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { RingBuffer } from '../../lib/scope/ring-buffer';
import { some } from '../support/some';

function pushAll(buffer: RingBuffer, from: number, to: number): number {
  let added = 0;
  for (let i = from; i <= to; i++) added += buffer.push(some.record({ message: String(i) }));
  return added;
}

function held(buffer: RingBuffer): string[] {
  return buffer.peek().map((record) => record.getMessage());
}

describe('RingBuffer', () => {
  it('keeps as many records as its capacity, in order', () => {
    const buffer = new RingBuffer(5, 2);

    expect(pushAll(buffer, 1, 5)).toBe(5);
    expect(held(buffer)).toEqual(['1', '2', '3', '4', '5']);
    expect(buffer.evicted).toBe(0);
  });

  it('evicts the oldest behind the first ones from the record after the capacity on', () => {
    const buffer = new RingBuffer(5, 2);
    pushAll(buffer, 1, 5);

    expect(pushAll(buffer, 6, 6)).toBe(0);
    expect(held(buffer)).toEqual(['1', '2', '4', '5', '6']);
    expect(buffer.evicted).toBe(1);
    expect(buffer.size).toBe(5);
  });

  it('holds the first and the newest after going round many times', () => {
    const buffer = new RingBuffer(5, 2);
    pushAll(buffer, 1, 1000);

    expect(held(buffer)).toEqual(['1', '2', '998', '999', '1000']);
    expect(buffer.evicted).toBe(995);
  });

  it('puts the gap behind the first records', () => {
    const buffer = new RingBuffer(4, 1);
    pushAll(buffer, 1, 10);

    const { records, gapAt, evicted } = buffer.drain();

    expect(records.map((record) => record.getMessage())).toEqual(['1', '8', '9', '10']);
    expect({ gapAt, evicted }).toEqual({ gapAt: 1, evicted: 6 });
  });

  it('is as new after it was drained', () => {
    const buffer = new RingBuffer(3, 1);
    pushAll(buffer, 1, 10);
    buffer.drain();

    expect({ size: buffer.size, evicted: buffer.evicted }).toEqual({ size: 0, evicted: 0 });
    expect(pushAll(buffer, 11, 13)).toBe(3);
    expect(held(buffer)).toEqual(['11', '12', '13']);
  });

  it('keeps nothing with capacity 0 and counts what was offered', () => {
    const buffer = new RingBuffer(0, 0);

    expect(pushAll(buffer, 1, 3)).toBe(0);
    expect(buffer.drain()).toEqual({ records: [], gapAt: 0, evicted: 3 });
  });

  it('keeps the newest with capacity 1', () => {
    const buffer = new RingBuffer(1, 0);
    pushAll(buffer, 1, 3);

    expect(held(buffer)).toEqual(['3']);
    expect(buffer.evicted).toBe(2);
  });

  it('keeps the first records only when all of the capacity is theirs', () => {
    const buffer = new RingBuffer(2, 2);
    pushAll(buffer, 1, 4);

    expect(buffer.evictOldest()).toBe(false);
    expect(buffer.drain()).toMatchObject({ gapAt: 2, evicted: 2 });
  });

  it('gives up its oldest behind the first ones when asked, and none of the first', () => {
    const buffer = new RingBuffer(10, 2);
    pushAll(buffer, 1, 4);

    expect(buffer.evictOldest()).toBe(true);
    expect(held(buffer)).toEqual(['1', '2', '4']);
    expect(buffer.evictOldest()).toBe(true);
    expect(buffer.evictOldest()).toBe(false);
    expect(held(buffer)).toEqual(['1', '2']);
  });

  it('stays in order when it gives up records while it grows, and goes round afterwards', () => {
    for (let capacity = 1; capacity <= 7; capacity++) {
      for (let keepFirst = 0; keepFirst <= capacity; keepFirst++) compareWithList(capacity, keepFirst);
    }
  });

  it('lets the newest give way when only first records are left', () => {
    const buffer = new RingBuffer(10, 4);
    pushAll(buffer, 1, 3);

    expect(buffer.evictNewest()).toBe(true);
    expect(held(buffer)).toEqual(['1', '2']);
    expect(pushAll(buffer, 4, 5)).toBe(2);
    expect(held(buffer)).toEqual(['1', '2', '4', '5']);
    expect(buffer.drain()).toMatchObject({ gapAt: 2, evicted: 1 });
  });

  it('has nothing to give when it is empty', () => {
    expect(new RingBuffer(3, 1).evictNewest()).toBe(false);
    expect(new RingBuffer(3, 1).evictOldest()).toBe(false);
  });
});

describe('RingBuffer.has and removeNewest', () => {
  const records = [1, 2, 3, 4, 5].map((seq) => {
    const record = some.record({ message: String(seq) });
    record.seq = seq;
    return record;
  });

  it('finds what is held, and nothing that gave way or was never there', () => {
    const buffer = new RingBuffer(3, 1);
    for (const record of records.slice(0, 4)) buffer.push(record);

    expect(records.map((record) => buffer.has(record))).toEqual([true, false, true, true, false]);
  });

  it('takes out the newest only, which counts as no eviction', () => {
    const buffer = new RingBuffer(3, 1);
    for (const record of records.slice(0, 4)) buffer.push(record);

    expect(records.slice(2, 4).map((record) => buffer.removeNewest(record))).toEqual([false, true]);
    expect([held(buffer), buffer.evicted]).toEqual([['1', '3'], 1]);
    expect(buffer.push(records[4] as LogRecord)).toBe(1);
    expect(held(buffer)).toEqual(['1', '3', '5']);
  });
});

/** The same steps on a plain list, which is slow and obviously right. */
function compareWithList(capacity: number, keepFirst: number): void {
  const buffer = new RingBuffer(capacity, keepFirst);
  const list: string[] = [];
  let evicted = 0;
  let seed = capacity * 31 + keepFirst;
  for (let step = 0; step < 200; step++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    if (seed % 3 === 0) {
      if (buffer.evictOldest()) evicted += list.splice(keepFirst, 1).length;
    } else if (seed % 5 === 0) {
      const newest = buffer.peek().at(-1);
      if (newest !== undefined && buffer.removeNewest(newest)) list.pop();
    } else {
      buffer.push(some.record({ message: String(step) }));
      if (list.length < keepFirst || list.length < capacity) list.push(String(step));
      else {
        evicted++;
        if (capacity > keepFirst) {
          list.splice(keepFirst, 1);
          list.push(String(step));
        }
      }
    }
    expect(held(buffer)).toEqual(list);
    expect(buffer.evicted).toBe(evicted);
  }
}
