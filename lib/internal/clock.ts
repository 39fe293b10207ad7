/** Where the package reads time, so that a test can hold it still. */
import { having } from './options';

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  now(): number;
}

export const systemClock: Clock = { now: Date.now };

/** An option that is a clock. */
export const CLOCK = having<Clock>('now', 'an object with now()', {
  fallback: systemClock,
  otherwise: "the system's clock",
});
