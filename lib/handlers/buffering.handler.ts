/** Collects records until there are enough of them. */
import { describeHandler } from '../core/class-descriptions';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { accepting, readOptions, readValues } from '../internal/options';

export const BUFFERING_ARGUMENTS = {
  capacity: accepting('an integer', (value): value is number => Number.isSafeInteger(value), {
    required: true,
  }),
};

/**
 * Collects records and calls `flush` when `capacity` of them wait. This `flush` drops them. A subclass sends them.
 * Ports logging.handlers.BufferingHandler (CPython 3.14).
 *
 * Differs: `flush` may return a promise. A rejection goes to `handleError`.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `capacity` is not an integer. With 1 and below, every record is flushed.
 */
export class BufferingHandler extends Handler {
  capacity: number;
  /** Records that wait, oldest first. */
  buffer: LogRecord[] = [];

  constructor(capacity: number, options: HandlerOptions = {}) {
    readOptions(HANDLER_SPEC, options, new.target);
    readValues(BUFFERING_ARGUMENTS, { capacity }, new.target);
    super(options);
    this.capacity = capacity;
  }

  /** Whether to flush now, after the record was added. */
  shouldFlush(_record: LogRecord): boolean {
    return this.buffer.length >= this.capacity;
  }

  /** Always false: the buffer or its flush reports the records that the process loses when it ends. @internal */
  override get emitting(): boolean {
    return false;
  }

  override emit(record: LogRecord): void {
    this.buffer.push(record);
    if (!this.shouldFlush(record)) return;
    const flushed = this.flush();
    if (flushed instanceof Promise) flushed.catch((error: unknown) => this.handleError(record, error));
  }

  override flush(): void | Promise<void> {
    this.buffer = [];
  }

  /** Flushes and closes. Closes even if the flush fails. */
  override close(): void | Promise<void> {
    let flushed: void | Promise<void>;
    try {
      flushed = this.flush();
    } catch (error) {
      void super.close();
      throw error;
    }
    if (!(flushed instanceof Promise)) return super.close();
    return flushed.finally(() => void super.close());
  }
}

describeHandler(BufferingHandler, HANDLER_SPEC, { arguments: BUFFERING_ARGUMENTS });
