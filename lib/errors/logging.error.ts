/** The base of every error this package throws or reports. */
import type { ErrorCode } from './codes';

export interface LoggingErrorOptions {
  /** The error underneath, kept as `cause`. */
  readonly cause?: unknown;
}

/** Base class: `instanceof LoggingError` recognises all errors of the package, `code` tells which. */
export abstract class LoggingError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: LoggingErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
  }
}
