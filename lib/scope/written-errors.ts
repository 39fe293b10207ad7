/** Which Errors a scope has already written, so that each is written once. */
import type { LogRecord } from '../core/log-record';
import { recentErrors } from './recent-errors';
import { addErrorsOf } from './record-errors';

/** Errors are the same by identity, a thrown string or number by value. Nothing is allocated until there is one. */
export class WrittenErrors {
  #known: Set<unknown> | undefined;

  add(error: unknown): void {
    this.#known ??= new Set();
    if (this.#known.has(error)) return;
    this.#known.add(error);
    recentErrors.add(error);
  }

  has(error: unknown): boolean {
    return this.#known?.has(error) ?? false;
  }

  /** Notes every Error that the record prints. */
  addAllOf(record: LogRecord): void {
    addErrorsOf(record, this);
  }
}
