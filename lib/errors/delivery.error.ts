/** A record that could not be written to its destination. */
import { LoggingError, type LoggingErrorOptions } from './logging.error';

/** Goes to `handleError`, never to the code that logged. `cause` is the error of the file, stream or peer. */
export class DeliveryError extends LoggingError {
  override readonly name = 'DeliveryError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_DELIVERY', message, options);
  }
}
