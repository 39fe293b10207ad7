/** The source of time for the package. Tests replace it. */

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };
