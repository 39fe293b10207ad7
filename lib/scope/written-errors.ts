/** Which Errors a scope has already written, so that each is written once. */
import type { LogRecord } from '../core/log-record';
import { isError } from '../internal/is-error';
import { isPlainObject } from '../internal/plain-object';
import { recentErrors } from './recent-errors';

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

  /**
   * Notes every Error that the record prints: its own, those among its arguments, and one level down in its fields. The
   * arguments are only looked at, not read as a log call's: most records hold no Error and are not formatted here.
   */
  addAllOf(record: LogRecord): void {
    const { msg, args, givenError } = record;
    if (givenError !== undefined) this.add(givenError);
    if (isError(msg)) this.add(msg);
    for (let i = 0; i < args.length; i++) {
      const argument = args[i];
      if (typeof argument !== 'object' || argument === null) continue;
      if (isError(argument)) this.add(argument);
      else if (isPlainObject(argument)) this.#addFields(argument);
    }
  }

  #addFields(fields: Readonly<Record<string, unknown>>): void {
    try {
      for (const key of Object.keys(fields)) {
        const value = fields[key];
        if (typeof value === 'object' && value !== null && isError(value)) this.add(value);
      }
    } catch {
      // A getter that throws: the handler that prints the record reports it.
    }
  }
}
