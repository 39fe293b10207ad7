/** Filters: what lets a record through, drops it, or replaces it. */
import type { LogRecord } from './log-record';

/** An object with `filter`, or a function. A false result drops the record, a LogRecord replaces it. */
export type FilterLike = { filter(record: LogRecord): unknown } | ((record: LogRecord) => unknown);

/**
 * Lets through the records of one logger and its children. Ports logging.Filter (CPython 3.14).
 * `''` passes all; `'a.b'` passes `a.b` and `a.b.c` but not `a.bb`.
 */
export class Filter {
  readonly name: string;

  constructor(name = '') {
    this.name = name;
  }

  filter(record: LogRecord): boolean {
    return this.name === '' || record.name === this.name || record.name.startsWith(`${this.name}.`);
  }
}
