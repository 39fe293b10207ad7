/** Takes records from a queue and passes them to handlers. */
import { AtShutdownHandler } from '../core/shutdown';
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { lazy } from '../internal/lazy';
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
import type { ListenerRun } from './queue-listener/listener-run';

const loadRun = lazy(
  () => require('./queue-listener/listener-run') as typeof import('./queue-listener/listener-run'),
);

export interface QueueListenerOptions {
  /**
   * Respect the level of each handler. Otherwise a handler gets every record of the queue, regardless of its level.
   * @defaultValue false, as in Python
   */
  readonly respectHandlerLevel?: boolean;
  /**
   * Flush the handlers after each batch, then acknowledge the batch. Then a crash loses no record that the queue can deliver
   * again, even with handlers that send or buffer. @defaultValue false: a record is acknowledged after `handle`
   */
  readonly flushBeforeAck?: boolean;
  /** Most milliseconds of handling in one turn of the event loop, so that requests and timers can run. @defaultValue 1 */
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
 * Ports logging.handlers.QueueListener (CPython 3.14). Handles the records in order, in the event loop, for `turnMs` in each
 * turn. Waiting for records does not keep the process alive. Queued records are handled before the process ends.
 *
 * Differs:
 * - `stop` returns a promise that resolves when all records queued before the call are handled. `stopSync` works without
 *   the event loop. Both work with a full queue, since there is no sentinel record.
 * - If a handler throws, the error is reported. In CPython the thread ends and the queue fills up.
 * - `shutdown()` and the end of the process handle the waiting records. CPython loses them.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `queue` is not a queue, or `handlers` is not a list of handlers.
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

  /** True between `start` and `stop`, unless the queue was closed. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /**
   * Starts to take records.
   *
   * @throws ConfigurationError `ERR_LOG_STATE` if it is running.
   */
  start(): this {
    if (this.#run !== undefined) {
      throw new ConfigurationError(`${this.describe()}: the listener is already started; stop it first.`, {
        code: 'ERR_LOG_STATE',
      });
    }
    const run = new (loadRun().ListenerRun)(this.queue, {
      owner: this.describe(),
      turnMs: this.turnMs,
      deliver: (delivery) => this.#deliver(delivery),
      ...(this.flushBeforeAck ? { beforeAck: () => this.#flushHandlers() } : {}),
    });
    this.#run = run;
    // Created now, it is newer than the handlers of the listener, so it is closed before them.
    this.#closer = new AtShutdownHandler({
      describe: () => this.describe(),
      close: () => this.stop(),
      flushSync: () => run.drainSync(),
    });
    this.#ended = this.#ended.then(() => run.consume()).then(() => this.#release(run));
    return this;
  }

  /** Resolves when all records queued before the call are handled. Later records stay for the next `start`. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run !== undefined) {
      this.#release(run);
      run.end();
    }
    await this.#ended;
  }

  /** Like `stop`, but synchronous, for the end of the process. A queue without `dequeueSync` keeps its records. */
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

  /** Passes one record to the handlers, in order. A subclass may override this. Its errors are reported. */
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
        // The other handlers still get the record. Only the first error is thrown.
        failed ??= { error: new DeliveryError(`${handler.describe()} threw`, { cause: error }) };
      }
    }
    if (failed !== undefined) throw failed.error;
  }

  /** Returns the record for the handlers, with separate message, Error and stack, as it was logged. */
  prepare(record: LogRecord): LogRecord {
    return record instanceof QueuedRecord ? record.restore() : record;
  }

  /** Name in reports. */
  describe(): string {
    return this.constructor.name;
  }

  #release(run: ListenerRun): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    this.#closer?.dismiss();
    this.#closer = undefined;
  }

  /** Returns the error of the handlers. Undefined on success. */
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
