/** Bytes from a peer that are not the plain data of a record. */
import { LoggingError, type LoggingErrorOptions } from '../../errors';

/** What Python calls `pickle.UnpicklingError`. The frame is refused and counted; its sender is not told. */
export class UnpicklingError extends LoggingError {
  override readonly name = 'UnpicklingError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_UNPICKLING', message, options);
  }
}
