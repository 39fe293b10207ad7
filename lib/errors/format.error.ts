/** A record that cannot be turned into text. */
import { LoggingError, type LoggingErrorOptions } from './logging.error';

/** Thrown by `Formatter.format`; inside a handler it goes to `handleError`. Python raises ValueError. */
export class FormatError extends LoggingError {
  override readonly name = 'FormatError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_FORMAT', message, options);
  }
}
