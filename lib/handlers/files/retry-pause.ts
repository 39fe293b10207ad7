/** When to try again what has failed: soon, then less and less often. */

/** First pause after a failure, in ms; doubled up to the longest. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** Another process is at it: it is done in no time. */
const BUSY_MS = 2;

/** Survives a clock that is put back: a pause is over when the clock has moved by its length either way. */
export class RetryPause {
  #since = 0;
  #lengthMs = 0;
  #nextMs = FIRST_MS;

  isOver(nowMs: number): boolean {
    return this.#lengthMs === 0 || Math.abs(nowMs - this.#since) >= this.#lengthMs;
  }

  failed(nowMs: number): void {
    this.#since = nowMs;
    this.#lengthMs = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  busy(nowMs: number): void {
    this.#since = nowMs;
    this.#lengthMs = BUSY_MS;
  }

  /** Before a new try. */
  end(): void {
    this.#lengthMs = 0;
  }

  succeeded(): void {
    this.#nextMs = FIRST_MS;
  }
}
