/** Filters: they pass, drop or replace a record. Loggers and handlers have a list of them. */
import { DeliveryError } from '../errors';
import { diagnostics } from './diagnostics';
import type { LogRecord } from './log-record';

/** An object with `filter`, or a function. A false result drops the record, a LogRecord replaces it. */
export type FilterLike = { filter(record: LogRecord): unknown } | ((record: LogRecord) => unknown);

/**
 * Passes the records of one logger and its children. Ports logging.Filter (CPython 3.14).
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

interface FilterList {
  filters: FilterLike[];
}

/** Does not use `instanceof`, since a record may come from another installed copy of the package. */
function isRecord(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null && 'levelno' in value && 'getMessage' in value;
}

/** Ports logging.Filterer (CPython 3.14). */
export abstract class Filterer {
  readonly #list: FilterList;
  #filtering = false;

  /** @param list - The object that has the filters. */
  constructor(list: FilterList = { filters: [] }) {
    this.#list = list;
  }

  get filters(): FilterLike[] {
    return this.#list.filters;
  }
  set filters(filters: FilterLike[]) {
    this.#list.filters = filters;
  }

  /** Does not add the same filter twice. */
  addFilter(filter: FilterLike): void {
    if (!this.filters.includes(filter)) this.filters.push(filter);
  }

  removeFilter(filter: FilterLike): void {
    this.filters = this.filters.filter((other) => other !== filter);
  }

  /** The record, which a filter may have replaced, or false if a filter drops it. Then later filters do not run. */
  filter(record: LogRecord): LogRecord | false {
    let current = record;
    for (const filter of this.filters) {
      const result = typeof filter === 'function' ? filter(current) : filter.filter(current);
      if (!result) return false;
      if (isRecord(result)) current = result;
    }
    return current;
  }

  /**
   * The filtered record, or false if a filter drops it or throws. A record that a filter itself logs is dropped and
   * reported, since otherwise the log call would never return.
   */
  protected accept(record: LogRecord): LogRecord | false {
    if (this.filters.length === 0) return record;
    if (this.#filtering) {
      this.filterFailed(record, new DeliveryError('logged by a filter while it was filtering'));
      return false;
    }
    this.#filtering = true;
    try {
      return this.filter(record);
    } catch (error) {
      this.filterFailed(record, error);
      return false;
    } finally {
      this.#filtering = false;
    }
  }

  /** Reports that a filter threw or logged, so that the record was dropped. */
  protected filterFailed(_record: LogRecord, error: unknown): void {
    const what = 'a filter failed and the record was dropped';
    diagnostics.report({ source: this.constructor.name, what, error });
  }
}
