/** Holds records until one is severe enough, or there are too many, and then hands them to another handler. */
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
  /** A record at or above it flushes, itself included. @defaultValue ERROR */
  readonly flushLevel?: LevelInput;
  /** Gets the records. Its filters are run, its level is not compared, and it is neither flushed nor closed. */
  readonly target?: Handler;
  /** Flush when closed, and when the process ends. @defaultValue true */
  readonly flushOnClose?: boolean;
  /**
   * Records kept while there is no target; beyond it the oldest are dropped, counted in `dropped` and reported.
   * At least `capacity`.
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

/** @throws ConfigurationError if the bound is below the capacity. */
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
 * Ports logging.handlers.MemoryHandler (CPython 3.14). Records are held by reference and formatted by the target.
 * `close` drops the target; what was not flushed stays, and a later `setTarget` and `flush` deliver it.
 *
 * Differs:
 * - A target that throws is reported with the record that it threw at; the others are delivered, none twice.
 *   CPython raises in the code that logged, and sends all of them again at the next flush.
 * - Without a target the buffer is bounded by `maxBuffered`; CPython's grows for ever.
 * - `flushLevel` may be a name; CPython fails at the first record.
 * - A handler shared by concurrent requests mixes their records: use RequestMemoryHandler for one buffer a request.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` or `ERR_LOG_LEVEL` for a bad capacity, bound or level.
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

  /** Records dropped because there was no target to take them. */
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

  /** Hands all records to the target, oldest first; without a target they stay. */
  override flush(): void {
    const target = this.#target;
    if (target === undefined) return;
    // Taken out first: what the target logs meanwhile belongs to the next flush, and nothing is sent twice.
    const records = this.buffer;
    this.buffer = [];
    handOverAll(records, (record) => this.#deliver(target, record));
  }

  /** At the end of the process: respects `flushOnClose`, and lets the target write what it got. */
  override flushSync(): void {
    if (!this.flushOnClose) return;
    this.flush();
    this.#target?.flushSync();
  }

  /** Flushes if `flushOnClose`, and lets go of the target. */
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
