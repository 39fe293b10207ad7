/** The errors of the package, in one place for the rooms above. */
export { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from './codes';
export { LoggingError, type LoggingErrorOptions } from './logging.error';
export { ConfigurationError, type ConfigurationErrorOptions } from './configuration.error';
export { DeliveryError } from './delivery.error';
export { FormatError } from './format.error';
