/** The errors of the package, and every stable error code with its meaning and remedy. */

/** One row of the table from which `docs/errors.md` is generated. */
export interface ErrorCodeEntry {
  /** What went wrong, as one sentence. */
  readonly meaning: string;
  /** What the reader should do. */
  readonly remedy: string;
}

export const ERROR_CODES = {
  ERR_LOG_OPTION: {
    meaning: 'An option or argument has a value that the class or function cannot work with.',
    remedy: 'Correct the option named in the message; it says what must be and what came.',
  },
  ERR_LOG_LEVEL: {
    meaning: 'A level is neither an integer nor a known level name.',
    remedy: 'Use a number, a name of getLevelNamesMapping(), or register the name with addLevelName().',
  },
  ERR_LOG_FORMAT_STRING: {
    meaning: 'A format string is not valid for its style.',
    remedy: 'Correct the format string, or pass the style it was written for.',
  },
  ERR_LOG_FORMAT: {
    meaning: 'A record could not be turned into text, for example because a field is missing.',
    remedy: 'Give the missing field in `extra`, or a default in the formatter’s `defaults`.',
  },
  ERR_LOG_NOT_IMPLEMENTED: {
    meaning: 'A Handler subclass does not implement emit().',
    remedy: 'Write emit(record) in the subclass.',
  },
  ERR_LOG_DELIVERY: {
    meaning: 'A record could not be written to its destination.',
    remedy: 'See `cause`: it is the error of the file, stream or peer.',
  },
  ERR_LOG_UNPICKLING: {
    meaning: 'A LogRecordSocketReceiver refused a frame that is no record made of plain data.',
    remedy: 'See the message; the sender must send text or numbers instead of objects of its own classes.',
  },
  ERR_LOG_UNKNOWN_HANDLER: {
    meaning: 'A handler is asked for by a name that no handler has.',
    remedy: 'Register a handler of that name in `handlers`, or correct the name.',
  },
  ERR_LOG_STATE: {
    meaning: 'A method was called that the object cannot do in its present state, such as starting twice.',
    remedy: 'Do first what the message says.',
  },
  ERR_LOG_MISSING_PEER: {
    meaning: 'An optional package that the feature needs is not installed.',
    remedy: 'Run the install command in the message.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** A stable code: the same failure keeps its code in later releases; messages may change. */
export type ErrorCode = keyof typeof ERROR_CODES;

export interface LoggingErrorOptions {
  /** The original error, kept as `cause`. */
  readonly cause?: unknown;
}

/** Longer messages are cut in the middle: a message may quote a long value, and its end often says what to do. */
const MAX_MESSAGE = 4000;

function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  const [head, tail] = [message.slice(0, MAX_MESSAGE / 2), message.slice(-MAX_MESSAGE / 2)];
  return `${head} [... ${message.length - MAX_MESSAGE} characters cut ...] ${tail}`;
}

/** Base class of all errors of the package; `code` says which one it is. */
export abstract class LoggingError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: LoggingErrorOptions = {}) {
    super(shortened(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
  }
}

export interface ConfigurationErrorOptions extends LoggingErrorOptions {
  /** @defaultValue 'ERR_LOG_OPTION' */
  readonly code?: ErrorCode;
}

/** The message has the rule, the given value, and what to do. Never thrown from a log call. */
export class ConfigurationError extends LoggingError {
  override readonly name = 'ConfigurationError';

  constructor(message: string, options: ConfigurationErrorOptions = {}) {
    super(options.code ?? 'ERR_LOG_OPTION', message, options);
  }
}

/** Goes to `handleError`, never to the code that logged. `cause` is the error of the file, stream or peer. */
export class DeliveryError extends LoggingError {
  override readonly name = 'DeliveryError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_DELIVERY', message, options);
  }
}

/** Thrown by `Formatter.format`; inside a handler it goes to `handleError`. Python raises ValueError. */
export class FormatError extends LoggingError {
  override readonly name = 'FormatError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_FORMAT', message, options);
  }
}

/** What Python calls `pickle.UnpicklingError`. The frame is refused and counted; its sender is not told. */
export class UnpicklingError extends LoggingError {
  override readonly name = 'UnpicklingError';

  constructor(message: string, options: LoggingErrorOptions = {}) {
    super('ERR_LOG_UNPICKLING', message, options);
  }
}
