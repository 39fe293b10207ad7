import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryTimer } from '../../lib/outbox/retry-timer';

describe('RetryTimer', () => {
  let ends = 0;
  let timer: RetryTimer;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    ends = 0;
    timer = new RetryTimer({ startMs: 1000, factor: 2, maxMs: 30_000 }, () => void ends++);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('waits longer after each failure, and begins anew after a success', () => {
    for (const ms of [1000, 2000, 4000]) {
      timer.begin(undefined);
      vi.advanceTimersByTime(ms - 1);
      expect(timer.isOn).toBe(true);
      vi.advanceTimersByTime(1);
      expect(timer.isOn).toBe(false);
    }
    timer.reset();
    timer.begin(undefined);
    vi.advanceTimersByTime(1000);

    expect(ends).toBe(4);
  });

  it('waits as long as the peer wishes, whoever is in a hurry', () => {
    timer.begin(60_000);
    vi.advanceTimersByTime(59_999);
    timer.hurry();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(1);

    expect(ends).toBe(1);
  });

  it('is ended by a hurry, but not as soon as it has begun', () => {
    timer.hurry();
    timer.begin(undefined);
    timer.hurry();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(100);
    timer.hurry();
    timer.hurry();

    expect([ends, timer.isOn]).toEqual([1, false]);
  });

  it('says nothing after it was cancelled', () => {
    timer.begin(undefined);
    timer.cancel();
    vi.advanceTimersByTime(60_000);

    expect([ends, timer.isOn]).toEqual([0, false]);
  });
});
