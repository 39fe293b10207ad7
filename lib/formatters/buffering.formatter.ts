/** Formats a list of records as one string, with a header and a footer. */
import type { RecordFormatter } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { Formatter } from './formatter';

/** Ports logging.BufferingFormatter (CPython 3.14): joins header, lines and footer without separators; '' for no records. */
export class BufferingFormatter {
  readonly linefmt: RecordFormatter;

  /** @param linefmt - formats each record. Defaults to `new Formatter()`. */
  constructor(linefmt: RecordFormatter | null = null) {
    this.linefmt = linefmt ?? new Formatter();
  }

  formatHeader(_records: readonly LogRecord[]): string {
    return '';
  }

  formatFooter(_records: readonly LogRecord[]): string {
    return '';
  }

  format(records: readonly LogRecord[]): string {
    if (records.length === 0) return '';
    const lines = records.map((record) => this.linefmt.format(record)).join('');
    return this.formatHeader(records) + lines + this.formatFooter(records);
  }
}
