/** A handler that collects records, so that tests can check them. */
import { Handler, HANDLER_OPTIONS, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { checkedOptions } from '../internal/checked-options';

/**
 * Keeps records and their formatted text in memory. For tests only: it grows without limit.
 *
 * @example
 * const seen = new CollectingHandler();
 * getLogger('orders').addHandler(seen);
 * placeOrder();
 * expect(seen.messages).toEqual(['order placed']);
 */
export class CollectingHandler extends Handler {
  /** The records, oldest first. */
  readonly records: LogRecord[] = [];
  /** The texts of the records: only the message, unless a formatter is set. */
  readonly messages: string[] = [];
  /** Errors that `handleError` got, such as the Error of a formatter. */
  readonly failures: unknown[] = [];

  constructor(options: HandlerOptions = {}) {
    super(checkedOptions(new.target.name, options, new.target === CollectingHandler && HANDLER_OPTIONS));
  }

  override emit(record: LogRecord): void {
    const message = this.formatter === undefined ? record.getMessage() : this.format(record);
    this.records.push(record);
    this.messages.push(message);
  }

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }

  /** Removes everything collected so far. */
  clear(): void {
    this.records.length = 0;
    this.messages.length = 0;
    this.failures.length = 0;
  }
}
