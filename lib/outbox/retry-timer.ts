/** The pause after a failed delivery: how long it is, and what ends it early. */
import { MAX_TIMER_MS } from './outbox-options';

export interface BackoffLimits {
  /** First pause, in ms. */
  readonly startMs: number;
  /** Each pause is this many times as long as the one before. */
  readonly factor: number;
  /** Longest pause, in ms. */
  readonly maxMs: number;
}

/**
 * Python's pauses (1, 2, 4 … 30 s), each shortened by up to a half at random, so that many processes do not
 * reconnect to the same peer at the same time.
 *
 * @param failures - failures in a row, from 1
 * @param random - from 0 to 1
 */
export function retryPause(failures: number, limits: BackoffLimits, random: number): number {
  // The power becomes Infinity after a thousand failures. The minimum is still right.
  const period = Math.min(limits.startMs * limits.factor ** (failures - 1), limits.maxMs, MAX_TIMER_MS);
  return period * (1 - random / 2);
}

/** A pause lasts at least this long, in ms, so that many flushes do not cause many attempts. */
const HURRY_MS = 100;

/** Does not keep the process alive. */
export class RetryTimer {
  readonly #limits: BackoffLimits;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #begunAt = 0;
  /** The peer has asked for this pause, so it is not ended early. */
  #isRequested = false;

  constructor(limits: BackoffLimits, onOver: () => void) {
    this.#limits = limits;
    this.#onOver = onOver;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** @param requestedMs - the pause that the peer asked for; undefined takes the back-off */
  begin(requestedMs: number | undefined): void {
    this.#failures++;
    const ms = requestedMs ?? retryPause(this.#failures, this.#limits, Math.random());
    this.#isRequested = requestedMs !== undefined;
    this.#begunAt = performance.now();
    this.#timer = setTimeout(() => this.#over(), Math.min(ms, MAX_TIMER_MS)).unref();
  }

  /** Ends the pause early, because somebody waits for the delivery. */
  hurry(): void {
    if (!this.isOn || this.#isRequested || performance.now() - this.#begunAt < HURRY_MS) return;
    this.#over();
  }

  /** Called after a delivery: the next pause is as short as the first. */
  reset(): void {
    this.#failures = 0;
  }

  /** Ends the pause without a new attempt. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #over(): void {
    this.cancel();
    this.#onOver();
  }
}
