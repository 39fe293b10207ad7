/** Takes records out of a queue and hands them to handlers. */
import { AtShutdownHandler } from '../core/shutdown';
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import {
  accepting,
  boolean,
  having,
  integer,
  declareOptions,
  readOptions,
  readValues,
  type SpecOf,
} from '../internal/options';
import { QueuedRecord, type Delivery, type LogQueue } from '../queues/log-queue';
import { ListenerRun } from './queue-listener/listener-run';

export interface QueueListenerOptions {
  /**
   * Compare the level of each handler; otherwise a handler behind the queue gets every record, whatever its level says.
   * @defaultValue false, as in Python
   */
  readonly respectHandlerLevel?: boolean;
  /**
   * Flush the handlers after each batch and acknowledge it then: with handlers that send or buffer, a crash loses nothing
   * that the queue can deliver again. @defaultValue false: a record is acknowledged when the handlers took it
   */
  readonly flushBeforeAck?: boolean;
  /** Milliseconds of handling in one turn of the event loop; then requests and timers have theirs. @defaultValue 1 */
  readonly turnMs?: number;
}

export const LISTENER_SPEC = {
  respectHandlerLevel: boolean(false),
  flushBeforeAck: boolean(false),
  turnMs: integer(1, 1),
} satisfies SpecOf<QueueListenerOptions>;

const LISTENER_ARGUMENTS = {
  queue: having<LogQueue>('dequeue', 'a queue with a dequeue(signal) method', { required: true }),
  handlers: accepting('a list of handlers', isHandlerList, { required: true }),
};

/**
 * Ports logging.handlers.QueueListener (CPython 3.14). Handles the records in the event loop, a millisecond a turn,
 * in their order. It does not keep the process alive by waiting; records at hand are handled before the process ends.
 *
 * Differs:
 * - `stop` returns a promise of everything that was queued before it being handled; `stopSync` does without the event loop.
 *   A full queue does not keep it from stopping: there is no sentinel, and a record cannot be one.
 * - A handler that throws is reported; CPython's thread dies and the queue fills.
 * - `shutdown()` and the end of the process handle what waits; CPython loses it.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `queue` is no queue, or `handlers` holds something that is no handler.
 * @example
 * const listener = new QueueListener(queue, [new FileHandler('app.log')]).start();
 * await listener.stop();
 */
export class QueueListener {
  readonly queue: LogQueue;
  readonly handlers: readonly Handler[];
  readonly respectHandlerLevel: boolean;
  readonly flushBeforeAck: boolean;
  readonly turnMs: number;
  #run: ListenerRun | undefined;
  /** Settles when the last run has ended. */
  #ended: Promise<void> = Promise.resolve();
  #closer: AtShutdownHandler | undefined;

  constructor(queue: LogQueue, handlers: readonly Handler[], options: QueueListenerOptions = {}) {
    const settings = readOptions(LISTENER_SPEC, options, new.target);
    readValues(LISTENER_ARGUMENTS, { queue, handlers }, new.target);
    this.turnMs = settings.turnMs;
    this.queue = queue;
    this.handlers = [...handlers];
    this.respectHandlerLevel = settings.respectHandlerLevel;
    this.flushBeforeAck = settings.flushBeforeAck;
  }

  /** Between `start` and `stop`, unless the queue was closed. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /**
   * Begins to take records.
   *
   * @throws ConfigurationError `ERR_LOG_STATE` if it is running.
   */
  start(): this {
    if (this.#run !== undefined) {
      throw new ConfigurationError(`${this.describe()}: the listener is already started; stop it first.`, {
        code: 'ERR_LOG_STATE',
      });
    }
    const run = new ListenerRun(this.queue, {
      owner: this.describe(),
      turnMs: this.turnMs,
      deliver: (delivery) => this.#deliver(delivery),
      ...(this.flushBeforeAck ? { beforeAck: () => this.#flushHandlers() } : {}),
    });
    this.#run = run;
    // Made now, it is newer than the handlers behind the queue, and so is closed before them.
    this.#closer = new AtShutdownHandler({
      describe: () => this.describe(),
      close: () => this.stop(),
      flushSync: () => run.drainSync(),
    });
    this.#ended = this.#ended.then(() => run.consume()).then(() => this.#release(run));
    return this;
  }

  /** Resolves when what was queued before the call is handled. Later records stay for the next `start`. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run !== undefined) {
      this.#release(run);
      run.end();
    }
    await this.#ended;
  }

  /** As `stop`, without the event loop, for a process that is ending. A queue that outlives it is only let go of. */
  stopSync(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#release(run);
    run.drainSync();
    run.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Hands one record to the handlers, in their order. A subclass may do something else; what it throws is reported. */
  handle(record: LogRecord): void {
    const prepared = this.prepare(record);
    const to = record instanceof QueuedRecord ? record.to : undefined;
    const meant = to === undefined ? this.handlers : this.handlers.filter(({ name }) => name === to);
    if (meant.length === 0 && to !== undefined) {
      throw new DeliveryError(`the record is for the handler "${to}", which is not behind the queue`);
    }
    let failed: { readonly error: unknown } | undefined;
    for (const handler of meant) {
      if (this.respectHandlerLevel && prepared.levelno < handler.level) continue;
      try {
        handler.handle(prepared);
      } catch (error) {
        // The others still get it; of several failures the first is told.
        failed ??= { error: new DeliveryError(`${handler.describe()} threw`, { cause: error }) };
      }
    }
    if (failed !== undefined) throw failed.error;
  }

  /** The record as the handlers get it: with message, Error and stack apart, as it was logged. */
  prepare(record: LogRecord): LogRecord {
    return record instanceof QueuedRecord ? record.restore() : record;
  }

  /** Who it is in a report. */
  describe(): string {
    return this.constructor.name;
  }

  #release(run: ListenerRun): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#closer?.dismiss();
    this.#closer = undefined;
  }

  /** What the handlers made of it: undefined, or the error. */
  #deliver({ record }: Delivery): { readonly error: unknown } | undefined {
    try {
      this.handle(record);
      return undefined;
    } catch (error) {
      diagnostics.report({ source: this.describe(), what: 'a record was not handled', error });
      return { error };
    }
  }

  async #flushHandlers(): Promise<void> {
    for (const handler of this.handlers) {
      try {
        await handler.flush();
      } catch (error) {
        diagnostics.report({ source: handler.describe(), what: 'the flush failed', error });
      }
    }
  }
}

function isHandlerList(value: unknown): value is readonly Handler[] {
  return (
    Array.isArray(value) &&
    value.every((one: Partial<Handler> | undefined) => typeof one?.handle === 'function')
  );
}

declareOptions(QueueListener, LISTENER_SPEC);
