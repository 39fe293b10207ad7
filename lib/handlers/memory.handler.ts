/** Collects records and passes them to another handler when one is severe enough or the buffer is full. */
import { describeHandler } from '../core/class-descriptions';
import { handOverAll } from '../core/hand-over';
import { HANDLER_SPEC, type Handler, type HandlerOptions } from '../core/handler';
import { level, type LevelInput } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import {
  boolean,
  having,
  integer,
  otherwise,
  readOptions,
  readValues,
  type Settings,
  type SpecOf,
} from '../internal/options';
import { BUFFERING_ARGUMENTS, BufferingHandler } from './buffering.handler';

export interface MemoryHandlerOptions extends HandlerOptions {
  /** A record of this level or above flushes the buffer, including the record itself. @defaultValue ERROR */
  readonly flushLevel?: LevelInput;
  /** Receives the records. Its filters run, its level is ignored, and it is neither flushed nor closed by this handler. */
  readonly target?: Handler;
  /** Flush at close, and when the process ends. @defaultValue true */
  readonly flushOnClose?: boolean;
  /**
   * Most records kept without a target. Beyond that, the oldest is dropped, counted in `dropped` and reported. At least
   * `capacity`.
   * @defaultValue 10000, or `capacity` if that is more
   */
  readonly maxBuffered?: number;
}

const MEMORY_SPEC = {
  ...HANDLER_SPEC,
  flushLevel: level('ERROR'),
  target: having<Handler>('handle', 'a handler'),
  flushOnClose: boolean(true),
  maxBuffered: otherwise(integer(1), '10000, or `capacity` if that is more'),
} satisfies SpecOf<MemoryHandlerOptions>;

/** Returns `maxBuffered` or its default. @throws ConfigurationError if it is less than `capacity`. */
function boundOf(
  owner: string,
  { capacity, maxBuffered }: Settings<Pick<typeof MEMORY_SPEC, 'maxBuffered'> & typeof BUFFERING_ARGUMENTS>,
): number {
  if (maxBuffered === undefined) return Math.max(capacity, 10_000);
  if (maxBuffered >= capacity) return maxBuffered;
  throw new ConfigurationError(
    `${owner}: "maxBuffered" must be at least "capacity" (${capacity}), got ${maxBuffered}.`,
  );
}

/**
 * Ports logging.handlers.MemoryHandler (CPython 3.14). Records are kept by reference and formatted by the target.
 * `close` removes the target. Records that were not flushed stay, and are delivered after `setTarget` and `flush`.
 *
 * Differs:
 * - If the target throws, the error is reported with the record that caused it. The other records are delivered once.
 *   CPython raises the error in the log call, and sends all records again at the next flush.
 * - Without a target, the buffer is limited by `maxBuffered`. In CPython it grows without limit.
 * - `flushLevel` may be a name. CPython fails at the first record.
 * - The records of concurrent requests are mixed. Use RequestMemoryHandler for one buffer per request.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` or `ERR_LOG_LEVEL` for an invalid capacity, `maxBuffered` or level.
 * @example
 * logger.addHandler(new MemoryHandler(200, { flushLevel: 'ERROR', target: new FileHandler('app.log') }));
 */
export class MemoryHandler extends BufferingHandler {
  flushLevel: number;
  flushOnClose: boolean;
  readonly maxBuffered: number;
  #target: Handler | undefined;
  #dropped = 0;

  constructor(capacity: number, options: MemoryHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(MEMORY_SPEC, options, new.target);
    const maxBuffered = boundOf(owner, {
      ...settings,
      ...readValues(BUFFERING_ARGUMENTS, { capacity }, new.target),
    });
    super(capacity, options);
    this.flushLevel = settings.flushLevel;
    this.flushOnClose = settings.flushOnClose;
    this.#target = settings.target;
    this.maxBuffered = maxBuffered;
  }

  get target(): Handler | undefined {
    return this.#target;
  }

  /** Records dropped because there was no target. */
  get dropped(): number {
    return this.#dropped;
  }

  setTarget(target: Handler | undefined): void {
    this.#target = target;
  }

  override shouldFlush(record: LogRecord): boolean {
    return this.buffer.length >= this.capacity || record.levelno >= this.flushLevel;
  }

  override emit(record: LogRecord): void {
    super.emit(record);
    if (this.buffer.length > this.maxBuffered) this.#dropOldest();
  }

  /** Passes all records to the target, the oldest first. Without a target they stay. */
  override flush(): void {
    const target = this.#target;
    if (target === undefined) return;
    // Emptied first, so that records that the target logs wait for the next flush, and nothing is sent twice.
    const records = this.buffer;
    this.buffer = [];
    handOverAll(records, (record) => this.#deliver(target, record));
  }

  /** At the end of the process: if `flushOnClose`, flushes this handler and then the target. */
  override flushSync(): void {
    if (!this.flushOnClose) return;
    this.flush();
    this.#target?.flushSync();
  }

  /** Flushes if `flushOnClose`, and removes the target. */
  override close(): void | Promise<void> {
    if (this.flushOnClose) this.flush();
    this.#target = undefined;
    return super.close();
  }

  #deliver(target: Handler, record: LogRecord): void {
    try {
      target.handle(record);
    } catch (error) {
      this.handleError(record, error);
    }
  }

  #dropOldest(): void {
    const oldest = this.buffer.shift();
    if (oldest === undefined) return;
    this.#dropped++;
    this.handleError(
      oldest,
      new DeliveryError(`there is no target, and ${this.maxBuffered} records already wait`),
    );
  }
}

describeHandler(MemoryHandler, MEMORY_SPEC, {
  arguments: BUFFERING_ARGUMENTS,
  together: boundOf,
  handlers: ['target'],
});
