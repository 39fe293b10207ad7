/** Keeps what it is given, for a test to look at. */
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { declareOptions, readOptions } from '../internal/options';

/**
 * Keeps records and their formatted text in memory. For tests only: it grows without bound.
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
  /** Their texts: the message alone, unless a formatter is set. */
  readonly messages: string[] = [];
  /** Failures this handler was told of, such as a formatter that throws. */
  readonly failures: unknown[] = [];

  constructor(options: HandlerOptions = {}) {
    readOptions(HANDLER_SPEC, options, new.target);
    super(options);
  }

  override emit(record: LogRecord): void {
    const message = this.formatter === undefined ? record.getMessage() : this.format(record);
    this.records.push(record);
    this.messages.push(message);
  }

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }

  /** Forgets everything seen so far. */
  clear(): void {
    this.records.length = 0;
    this.messages.length = 0;
    this.failures.length = 0;
  }
}

declareOptions(CollectingHandler, HANDLER_SPEC);
