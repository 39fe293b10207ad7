import { describe, expect, it } from 'vitest';
import { RetryPause } from '../../../lib/handlers/files/retry-pause';

/** The lengths of the pauses after so many failures on end. */
function pauses(count: number): number[] {
  const pause = new RetryPause();
  return Array.from({ length: count }, () => {
    pause.failed(0);
    let ms = 0;
    while (!pause.isOver(ms)) ms += 10;
    pause.end();
    return ms;
  });
}

describe('RetryPause', () => {
  it('does not begin with a pause', () => {
    expect(new RetryPause().isOver(0)).toBe(true);
  });

  it('doubles from 0.1 s to 30 s', () => {
    expect(pauses(11)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('begins anew after a success', () => {
    const pause = new RetryPause();
    pause.failed(0);
    pause.failed(0);
    pause.end();
    pause.succeeded();
    pause.failed(0);

    expect(pause.isOver(99)).toBe(false);
    expect(pause.isOver(100)).toBe(true);
  });

  it('waits only a moment for another process, and does not count it as a failure', () => {
    const pause = new RetryPause();
    pause.busy(0);

    expect(pause.isOver(1)).toBe(false);
    expect(pause.isOver(2)).toBe(true);
  });

  it('is over when the clock is put back by its length', () => {
    const pause = new RetryPause();
    pause.failed(10_000);

    expect(pause.isOver(9_950)).toBe(false);
    expect(pause.isOver(9_900)).toBe(true);
  });
});
