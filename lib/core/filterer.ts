/** What loggers and handlers share: a list of filters. */
import { DeliveryError } from '../errors';
import { diagnostics } from './diagnostics';
import type { FilterLike } from './filter';
import type { LogRecord } from './log-record';

interface FilterList {
  filters: FilterLike[];
}

/** Not `instanceof`: a record may come from another installed copy of the package. */
function isRecord(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null && 'levelno' in value && 'getMessage' in value;
}

/** Ports logging.Filterer (CPython 3.14). */
export abstract class Filterer {
  readonly #list: FilterList;
  #filtering = false;

  /** @param list - Where the filters stand. */
  constructor(list: FilterList = { filters: [] }) {
    this.#list = list;
  }

  get filters(): FilterLike[] {
    return this.#list.filters;
  }
  set filters(filters: FilterLike[]) {
    this.#list.filters = filters;
  }

  /** A filter that is already there is not added again. */
  addFilter(filter: FilterLike): void {
    if (!this.filters.includes(filter)) this.filters.push(filter);
  }

  removeFilter(filter: FilterLike): void {
    this.filters = this.filters.filter((other) => other !== filter);
  }

  /** The record, possibly replaced for what follows, or false when a filter drops it. The first that drops ends it. */
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
   * What the filters leave of the record; false when one drops it, or throws. A record that a filter logs is not given to
   * the same filters again: it is left out and reported, or the log call would never return.
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

  /** Reports that a filter threw, or logged, and that the record was dropped for it. */
  protected filterFailed(_record: LogRecord, error: unknown): void {
    const what = 'a filter failed and the record was dropped';
    diagnostics.report({ source: this.constructor.name, what, error });
  }
}
