/** The Errors that scopes wrote lately, for reports of the same Errors that come when the scope is over. */
import { isError } from '../internal/foreign';
import { processSlot } from '../internal/process-slot';

/** A report comes a few turns after the scope's end; a burst of failures lies between, at most. */
const REMEMBERED = 256;

/** Errors are remembered weakly and by identity, whatever else was thrown by value. */
export class RecentErrors {
  readonly #ring: unknown[] = [];
  #next = 0;

  add(error: unknown): void {
    this.#ring[this.#next] = isError(error) ? new WeakRef(error) : error;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Whether this Error, or one with this stack, was written; it is forgotten then, because each is reported once. */
  take(errorOrStack: unknown): boolean {
    const at = this.#ring.findIndex((entry) => {
      const error: unknown = entry instanceof WeakRef ? entry.deref() : entry;
      if (error === undefined) return false;
      return error === errorOrStack || (isError(error) && error.stack === errorOrStack);
    });
    if (at >= 0) this.#ring[at] = undefined;
    return at >= 0;
  }
}

export const recentErrors = processSlot('recent-errors', () => new RecentErrors());
