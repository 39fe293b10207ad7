/** What loggers and handlers share: a list of filters. */
import type { FilterLike } from './filter';
import type { LogRecord } from './log-record';

/** Not `instanceof`: a record may come from another installed copy of the package. */
function isRecord(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null && 'levelno' in value && 'getMessage' in value;
}

/** Ports logging.Filterer (CPython 3.14). */
export abstract class Filterer {
  filters: FilterLike[] = [];

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
}
