import { describe, expect, it } from 'vitest';
import { PayloadQueue } from '../../lib/outbox/payload-queue';

function queueOf(count: number): PayloadQueue<string> {
  const queue = new PayloadQueue<string>();
  for (let at = 0; at < count; at++) queue.push(`p${at}`, 10, at);
  return queue;
}

describe('PayloadQueue', () => {
  it('returns payloads in the order in which they were added', () => {
    const queue = queueOf(100);

    expect(queue.take(3, 1000)).toEqual({
      payloads: ['p0', 'p1', 'p2'],
      sizes: [10, 10, 10],
      places: [0, 1, 2],
    });
    expect(queue).toMatchObject({ length: 97, bytes: 970, firstPlace: 3 });
  });

  it('ends a batch before the payload that would exceed the bytes, but returns at least one', () => {
    const queue = queueOf(5);

    expect(queue.take(10, 25).payloads).toEqual(['p0', 'p1']);
    expect(queue.take(10, 1).payloads).toEqual(['p2']);
  });

  it('returns nothing when it is empty', () => {
    const queue = queueOf(0);

    expect(queue.take(10, 10).payloads).toEqual([]);
    expect(queue.firstPlace).toBeUndefined();
  });

  it('puts undelivered payloads back before newer ones', () => {
    const queue = queueOf(4);
    const batch = queue.take(3, 1000);
    queue.dropOldest();
    queue.push('p4', 10, 4);

    queue.putBack(batch, 1);

    expect(queue).toMatchObject({ length: 3, bytes: 30, firstPlace: 1 });
    expect(queue.take(10, 1000)).toMatchObject({ payloads: ['p1', 'p2', 'p4'], places: [1, 2, 4] });
    expect(queue).toMatchObject({ length: 0, bytes: 0 });
  });

  it('keeps the order for any sequence of calls', () => {
    const queue = new PayloadQueue<number>();
    const mirror: number[] = [];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    let next = 0;
    const taken: number[] = [];
    const wanted: number[] = [];
    for (let round = 0; round < 20_000; round++) {
      const kind = random(10);
      if (kind < 6) {
        queue.push(next, 1, next);
        mirror.push(next++);
      } else if (kind < 8) {
        const count = random(8);
        taken.push(...queue.take(count, 1000).payloads);
        wanted.push(...mirror.splice(0, count));
      } else if (kind === 8 && mirror.length > 0) {
        queue.dropOldest();
        mirror.shift();
      } else {
        const batch = queue.take(20, 1000);
        const skip = Math.min(random(3), batch.payloads.length);
        queue.putBack(batch, skip);
        mirror.splice(0, skip);
      }
      expect(queue.length).toBe(mirror.length);
      expect(queue.firstPlace).toBe(mirror[0]);
    }
    expect(taken).toEqual(wanted);
    expect(queue.bytes).toBe(mirror.length);
  });
});
