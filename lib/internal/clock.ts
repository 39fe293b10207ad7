/** Where the package reads time, so that a test can hold it still. */

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };
