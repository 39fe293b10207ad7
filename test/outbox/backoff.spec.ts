import { describe, expect, it } from 'vitest';
import { MAX_TIMER_MS, retryPause } from '../../lib/outbox/backoff';

const python = { startMs: 1000, factor: 2, maxMs: 30_000 };

describe('retryPause', () => {
  it('grows as the periods of SocketHandler do', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((failures) => retryPause(failures, python, 0));

    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('is shortened at random by up to a half', () => {
    expect(retryPause(1, python, 0.5)).toBe(750);
    expect(retryPause(1, python, 0.999_999)).toBeCloseTo(500, 0);
  });

  it('stays at its longest however often it failed', () => {
    expect(retryPause(100_000, python, 0)).toBe(30_000);
  });

  it('never exceeds what a timer can wait', () => {
    expect(retryPause(1, { startMs: 1e12, factor: 1, maxMs: 1e12 }, 0)).toBe(MAX_TIMER_MS);
  });
});
