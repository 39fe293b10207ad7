import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_TIMER_MS } from '../../lib/outbox/outbox-options';
import { retryPause, RetryTimer } from '../../lib/outbox/retry-timer';

const python = { startMs: 1000, factor: 2, maxMs: 30_000 };

describe('retryPause', () => {
  it("grows as the pauses of Python's SocketHandler", () => {
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

  it('waits longer after each failure, and starts again after a success', () => {
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

  it('waits as long as the peer asks, even during a flush', () => {
    timer.begin(60_000);
    vi.advanceTimersByTime(59_999);
    timer.hurry();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(1);

    expect(ends).toBe(1);
  });

  it('is ended by hurry(), but not just after it has begun', () => {
    timer.hurry();
    timer.begin(undefined);
    timer.hurry();
    expect(ends).toBe(0);
    vi.advanceTimersByTime(100);
    timer.hurry();
    timer.hurry();

    expect([ends, timer.isOn]).toEqual([1, false]);
  });

  it('does not call back after it was cancelled', () => {
    timer.begin(undefined);
    timer.cancel();
    vi.advanceTimersByTime(60_000);

    expect([ends, timer.isOn]).toEqual([0, false]);
  });
});
