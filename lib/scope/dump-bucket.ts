/** How many dumps may be written now, when so many are allowed a second. */

/** Fills up again with time: as many at once as are allowed a second, and as many a second after that. */
export class DumpBucket {
  /** Dumps that may be written now. */
  #dumps = Infinity;
  /** On the clock of `performance.now()`: the time of day may be set back. */
  #filledAt = performance.now();

  /** Takes the place of one dump; false when none is left. */
  take(perSecond: number): boolean {
    const now = performance.now();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#dumps = Math.min(Math.max(1, perSecond), this.#dumps + seconds * perSecond);
    if (this.#dumps < 1) return false;
    this.#dumps--;
    return true;
  }
}
