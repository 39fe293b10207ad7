/** Fails at every record, so that a test sees what happens to the others. */
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { checkedOptions, type OptionNames } from '../internal/options';

export interface ThrowingHandlerOptions extends HandlerOptions {
  /** What `emit` throws. @defaultValue an Error 'ThrowingHandler: emit failed' */
  readonly error?: unknown;
}

const OPTIONS = {
  ...HANDLER_SPEC,
  error: true,
} as const satisfies OptionNames<ThrowingHandlerOptions>;

/** Its `emit` throws; the failures it was told of are kept instead of being printed. */
export class ThrowingHandler extends Handler {
  readonly error: unknown;
  /** What `handleError` was called with, oldest first. */
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
