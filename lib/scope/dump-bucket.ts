/** How much may be dumped now, when so much is allowed a second. */

/** Bytes of dumped text a second, roughly: a disk or a log store takes more, but nobody reads more. */
const BYTES_A_SECOND = 4 * 1024 * 1024;

/**
 * Fills up again with time: as many dumps at once as are allowed a second, and as many a second after that. A dump is never cut
 * in two: one that is larger than what is left is paid for by those after it.
 */
export class DumpBucket {
  /** Dumps that may be written now. */
  #dumps = Infinity;
  #bytes = BYTES_A_SECOND;
  /** On the clock of `performance.now()`: the time of day may be set back. */
  #filledAt = performance.now();

  /** Takes the place of one dump; false when none is left. */
  take(perSecond: number): boolean {
    const now = performance.now();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#bytes = Math.min(BYTES_A_SECOND, this.#bytes + seconds * BYTES_A_SECOND);
    this.#dumps = Math.min(Math.max(1, perSecond), this.#dumps + seconds * perSecond);
    if (this.#bytes <= 0 || this.#dumps < 1) return false;
    this.#dumps--;
    return true;
  }

  /** So much was dumped, whoever asked for it. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }
}
