/** Test doubles: a handler that stores records, a handler that throws, and a clock that the test sets. */
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { checkedOptions, declareOptions, readOptions, type OptionNames } from '../internal/options';
import type { Clock } from '../internal/clock';

/**
 * Stores records and their formatted text in memory. For tests only: it grows without limit.
 *
 * @example
 * const seen = new CollectingHandler();
 * getLogger('orders').addHandler(seen);
 * placeOrder();
 * expect(seen.messages).toEqual(['order placed']);
 */
export class CollectingHandler extends Handler {
  /** The records, oldest first. */
  readonly records: LogRecord[] = [];
  /** Their texts: only the message, unless a formatter is set. */
  readonly messages: string[] = [];
  /** Errors that `handleError` was called with, such as those of a formatter. */
  readonly failures: unknown[] = [];

  constructor(options: HandlerOptions = {}) {
    readOptions(HANDLER_SPEC, options, new.target);
    super(options);
  }

  override emit(record: LogRecord): void {
    const message = this.formatter === undefined ? record.getMessage() : this.format(record);
    this.records.push(record);
    this.messages.push(message);
  }

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }

  /** Removes all records, messages and failures. */
  clear(): void {
    this.records.length = 0;
    this.messages.length = 0;
    this.failures.length = 0;
  }
}

declareOptions(CollectingHandler, HANDLER_SPEC);

export interface ThrowingHandlerOptions extends HandlerOptions {
  /** What `emit` throws. @defaultValue an Error 'ThrowingHandler: emit failed' */
  readonly error?: unknown;
}

const THROWING_OPTIONS = {
  ...HANDLER_SPEC,
  error: true,
} as const satisfies OptionNames<ThrowingHandlerOptions>;

/** Throws in `emit`. Stores the failures instead of printing them. */
export class ThrowingHandler extends Handler {
  readonly error: unknown;
  /** The arguments of `handleError`, oldest first. */
  readonly failures: { readonly record: LogRecord; readonly error: unknown }[] = [];

  constructor(options: ThrowingHandlerOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === ThrowingHandler && THROWING_OPTIONS);
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

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * const clock = new ManualClock('2024-03-10T01:59:58Z');
 * clock.advance(2000);
 */
export class ManualClock implements Clock {
  #now: number;

  /** @throws ConfigurationError if `start` is not a time. @defaultValue 2020-01-01T00:00:00.000Z */
  constructor(start: number | string | Date = '2020-01-01T00:00:00.000Z') {
    this.#now = millisecondsOf(start);
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** Moves the clock forward by this many milliseconds; backward if the number is negative. */
  advance(ms: number): void {
    this.#now = millisecondsOf(this.#now + ms);
  }

  set(time: number | string | Date): void {
    this.#now = millisecondsOf(time);
  }
}

function millisecondsOf(time: number | string | Date): number {
  const ms = new Date(time).getTime();
  if (Number.isNaN(ms)) throw new ConfigurationError(`ManualClock: "${String(time)}" is not a time.`);
  return ms;
}
