/** The clock that the package reads the time from. Tests give another one. */
import { having } from './options';

/** A source of time. */
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
