/** The caller's mistake, thrown where it was made: at construction or at a configuring call. */
import type { ErrorCode } from './codes';
import { LoggingError, type LoggingErrorOptions } from './logging.error';

export interface ConfigurationErrorOptions extends LoggingErrorOptions {
  /** @defaultValue 'ERR_LOG_OPTION' */
  readonly code?: ErrorCode;
}

/** What must be, what came, what to do. Never thrown from a log call. */
export class ConfigurationError extends LoggingError {
  override readonly name = 'ConfigurationError';

  constructor(message: string, options: ConfigurationErrorOptions = {}) {
    super(options.code ?? 'ERR_LOG_OPTION', message, options);
  }
}
