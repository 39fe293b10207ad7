/** The base of every error this package throws or reports. */
import type { ErrorCode } from './codes';

export interface LoggingErrorOptions {
  /** The error underneath, kept as `cause`. */
  readonly cause?: unknown;
}

/** Longer messages are cut in the middle: a sentence may quote what came, and name at its end what to do. */
const MAX_MESSAGE = 4000;

function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  const [head, tail] = [message.slice(0, MAX_MESSAGE / 2), message.slice(-MAX_MESSAGE / 2)];
  return `${head} [... ${message.length - MAX_MESSAGE} characters cut ...] ${tail}`;
}

/** Base class: `instanceof LoggingError` recognises all errors of the package, `code` tells which. */
export abstract class LoggingError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: LoggingErrorOptions = {}) {
    super(shortened(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
  }
}
