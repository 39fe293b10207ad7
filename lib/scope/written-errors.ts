/** Which Errors a scope has already written, so that each is written once. */
import type { LogRecord } from '../core/log-record';
import { isError } from '../internal/is-error';
import { isPlainObject } from '../internal/plain-object';

/** Identity of objects; a thrown string or number has none, so it is compared by value. */
export class WrittenErrors {
  readonly #objects = new WeakSet<object>();
  readonly #values = new Set<unknown>();

  add(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#objects.add(error);
    else this.#values.add(error);
  }

  has(error: unknown): boolean {
    return typeof error === 'object' && error !== null ? this.#objects.has(error) : this.#values.has(error);
  }

  /** Notes every Error that the record prints: its own, those among its arguments, and one level down in its fields. */
  addAllOf(record: LogRecord): void {
    try {
      const own = record.excInfo;
      if (own !== undefined) this.add(own);
      for (const argument of record.args) {
        if (isError(argument)) this.add(argument);
        else if (isPlainObject(argument)) {
          for (const value of Object.values(argument)) if (isError(value)) this.add(value);
        }
      }
    } catch {
      // An argument that throws when it is read: the handler that prints the record reports it.
    }
  }
}
