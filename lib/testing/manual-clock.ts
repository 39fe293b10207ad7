/** A clock that stands still until a test moves it. */
import { ConfigurationError } from '../errors';
import type { Clock } from '../internal/clock';

/**
 * @example
 * const clock = new ManualClock('2024-03-10T01:59:58Z');
 * clock.advance(2000);
 */
export class ManualClock implements Clock {
  #now: number;

  /** @throws ConfigurationError if `start` is not a time. @defaultValue 2020-01-01T00:00:00.000Z */
  constructor(start: number | string | Date = '2020-01-01T00:00:00.000Z') {
    this.#now = millisecondsOf(start);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** Moves the clock by this many milliseconds. A negative number moves it back, as when a clock is corrected. */
  advance(ms: number): void {
    this.#now = millisecondsOf(this.#now + ms);
  }

  set(time: number | string | Date): void {
    this.#now = millisecondsOf(time);
  }
}

function millisecondsOf(time: number | string | Date): number {
  const ms = new Date(time).getTime();
  if (Number.isNaN(ms)) throw new ConfigurationError(`ManualClock: "${String(time)}" is not a time.`);
  return ms;
}
