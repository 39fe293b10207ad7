/** DumpBucket: how many dumps a second may be written. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DumpBucket } from '../../lib/scope/dump-bucket';

function taken(bucket: DumpBucket, perSecond: number): number {
  let count = 0;
  while (count < 1000 && bucket.take(perSecond)) count++;
  return count;
}

describe('DumpBucket', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives what one second allows at once, and as many a second after that', () => {
    const bucket = new DumpBucket();
    expect(taken(bucket, 20)).toBe(20);
    vi.advanceTimersByTime(500);
    expect(taken(bucket, 20)).toBe(10);
    vi.advanceTimersByTime(60_000);
    expect(taken(bucket, 20)).toBe(20);
  });

  it('takes a share of a second as one dump in so many seconds', () => {
    const bucket = new DumpBucket();
    expect(taken(bucket, 0.1)).toBe(1);
    vi.advanceTimersByTime(9000);
    expect(taken(bucket, 0.1)).toBe(0);
    vi.advanceTimersByTime(1001);
    expect(taken(bucket, 0.1)).toBe(1);
  });
});
