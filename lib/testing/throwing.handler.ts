/** A handler that fails at every record, to test what happens to other handlers. */
import { Handler, HANDLER_OPTIONS, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { checkedOptions, type OptionNames } from '../internal/checked-options';

export interface ThrowingHandlerOptions extends HandlerOptions {
  /** The value that `emit` throws. @defaultValue an Error 'ThrowingHandler: emit failed' */
  readonly error?: unknown;
}

const OPTIONS = {
  ...HANDLER_OPTIONS,
  error: true,
} as const satisfies OptionNames<ThrowingHandlerOptions>;

/** Its `emit` throws. Errors that `handleError` gets are stored and not printed. */
export class ThrowingHandler extends Handler {
  readonly error: unknown;
  /** The Errors that `handleError` got, oldest first. */
  readonly failures: { readonly record: LogRecord; readonly error: unknown }[] = [];

  constructor(options: ThrowingHandlerOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === ThrowingHandler && OPTIONS);
    super(options);
    this.error = options.error ?? new Error('ThrowingHandler: emit failed');
  }

  override emit(_record: LogRecord): void {
    throw this.error;
  }

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push({ record, error });
  }
}
