/** How long to wait after the n-th failure in a row. */

export interface BackoffLimits {
  /** First pause, in ms. */
  readonly startMs: number;
  /** How much longer each pause is than the one before. */
  readonly factor: number;
  /** Longest pause, in ms. */
  readonly maxMs: number;
}

/** Longest delay of a Node timer; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Python's periods (1, 2, 4 … 30 s), each shortened by up to a half, so that many processes whose peer went down
 * do not come back in step.
 *
 * @param failures - failures in a row, from 1
 * @param random - from 0 up to 1
 */
export function retryPause(failures: number, limits: BackoffLimits, random: number): number {
  // The power may be Infinity after a thousand failures; the minimum is right all the same.
  const period = Math.min(limits.startMs * limits.factor ** (failures - 1), limits.maxMs, MAX_TIMER_MS);
  return period * (1 - random / 2);
}
