/** Puts records into a queue, prepared so that they can be sent to another thread or process. */
import { composeText, plainText } from '../core/exception-text';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { DeliveryError } from '../errors';
import { makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from '../formatters/redactor';
import { having, integer, otherwise, readOptions, readValues, text, type SpecOf } from '../internal/options';
import { QueuedRecord, type LogQueue } from '../queues/log-queue';
import { describeHandler } from '../core/class-descriptions';
import type { QueueListener } from './queue-listener';

export interface QueueHandlerOptions extends HandlerOptions, RedactOptions {
  /** Name of the listener's handler that gets the records. The others do not get them. @defaultValue all get them */
  readonly to?: string;
  /** Most pending promises of the queue's `enqueue`. Further records are refused. @defaultValue 10_000 */
  readonly maxPending?: number;
}

const QUEUE_HANDLER_SPEC = {
  ...HANDLER_SPEC,
  ...REDACT_SPEC,
  to: otherwise(text(), 'all handlers'),
  maxPending: integer(1, 10_000),
} satisfies SpecOf<QueueHandlerOptions>;

const QUEUE_ARGUMENTS = {
  queue: having<LogQueue>('enqueue', 'a queue with an enqueue(record) method', { required: true }),
};
const NO_ARGUMENTS: readonly unknown[] = [];

/**
 * Ports logging.handlers.QueueHandler (CPython 3.14). The queue is a LogQueue. It stays open when the handler is closed,
 * since others may use it. Secrets are removed (`redact`) before a record is put into the queue.
 *
 * Differs:
 * - The queued record keeps message, Error and stack separately, and QueueListener restores them, so its handlers print the
 *   same as without a queue. CPython keeps the text only (gh-89087). If this handler has a formatter, only its text is
 *   queued, and the listener's handlers format it again, as in CPython.
 * - `enqueue` of an asynchronous queue may return a promise. A rejection goes to `handleError`.
 * - A value that is not a queue is refused at construction. CPython fails at every record.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `queue` has no `enqueue`, or an option is invalid.
 * @example
 * const queue = new InMemoryQueue();
 * root.addHandler(new QueueHandler(queue, { redact: ['password'] }));
 */
export class QueueHandler extends Handler {
  readonly queue: LogQueue;
  readonly maxPending: number;
  /** Set by dictConfig, which does not start the listener. */
  listener: QueueListener | undefined = undefined;
  readonly #to: string | undefined;
  readonly #redactor: Redactor | undefined;
  readonly #isPlain: boolean;
  readonly #pending = new Set<Promise<void>>();

  constructor(queue: LogQueue, options: QueueHandlerOptions = {}) {
    const settings = readOptions(QUEUE_HANDLER_SPEC, options, new.target);
    readValues(QUEUE_ARGUMENTS, { queue }, new.target);
    const redactor = makeRedactor(settings);
    super(options);
    this.maxPending = settings.maxPending;
    this.queue = queue;
    this.#to = settings.to;
    this.#redactor = redactor;
    // If a subclass overrides `prepare` or `format`, they are called for each record.
    this.#isPlain = isInherited(this, 'prepare') && isInherited(this, 'format');
  }

  /** Records whose `enqueue` has not settled yet. */
  get pending(): number {
    return this.#pending.size;
  }

  override emit(record: LogRecord): void {
    const ready = this.#needsNoCopy ? this.#addressed(record) : this.prepare(record);
    this.#watch(record, this.enqueue(ready));
  }

  /** Puts a prepared record into the queue. A subclass may send it elsewhere. */
  enqueue(record: LogRecord): void | Promise<void> {
    if (this.#pending.size >= this.maxPending) {
      throw new DeliveryError(`${this.maxPending} records are already on their way into the queue`);
    }
    return this.queue.enqueue(record);
  }

  /**
   * Returns a copy without arguments and exception. Its `msg` and `message` are the text of the record, including exception
   * and stack. As in CPython, formatting sets `message`, `asctime` and `excText` on the original, unless `redact` is used.
   */
  prepare(record: LogRecord): LogRecord {
    const source = this.#redactor === undefined ? record : redacted(record, this.#redactor);
    const text = this.format(source);
    const queued = new QueuedRecord(source.name, source.levelno, text, NO_ARGUMENTS, source.created);
    source.copyRenderedTo(queued, text);
    if (this.#to !== undefined) queued.to = this.#to;
    if (this.formatter !== undefined) return queued;
    const { excInfo, excText, stackInfo } = source;
    if ((excInfo ?? excText ?? stackInfo ?? undefined) === undefined) return queued;
    const message = source.getMessage();
    // If a subclass overrides format(), only its text is queued.
    if (composeText(message, source) === text) queued.parts = { message, excInfo, excText, stackInfo };
    return queued;
  }

  /** Without a formatter, nothing is escaped. The listener's handlers escape the text. */
  override format(record: LogRecord): string {
    if (this.formatter !== undefined) return super.format(record);
    return plainText(record);
  }

  /** Resolves when all records are in the queue and the queue's `flush`, if it has one, has resolved. */
  override flush(): void | Promise<void> {
    if (this.#pending.size === 0) return this.queue.flush?.();
    return Promise.all(this.#pending).then(() => this.queue.flush?.());
  }

  override flushSync(): void {
    this.queue.flushSync?.();
  }

  /** Flushes; the queue stays open. */
  override close(): void | Promise<void> {
    const flushed = this.flush();
    if (!(flushed instanceof Promise)) return super.close();
    return flushed.finally(() => void super.close());
  }

  /** Whether the queue encodes the record at once, and neither a formatter nor a subclass defines the text. */
  get #needsNoCopy(): boolean {
    return this.queue.encodes === true && this.#isPlain && this.formatter === undefined;
  }

  /** Like `prepare`, for a queue that does not need the record after `enqueue` has returned. */
  #addressed(record: LogRecord): LogRecord {
    const source = this.#redactor === undefined ? record : redacted(record, this.#redactor);
    if (this.#to === undefined) return source;
    const { name, levelno, msg, args, created } = source;
    const addressed = source.copyTo(new QueuedRecord(name, levelno, msg, args, created));
    addressed.to = this.#to;
    return addressed;
  }

  #watch(record: LogRecord, arrival: void | Promise<void>): void {
    if (typeof arrival?.then !== 'function') return;
    const settled = arrival
      .then(undefined, (error: unknown) => this.handleError(record, error))
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}

/** Returns a copy without references to secrets. The original may still be used by other handlers. */
function redacted(record: LogRecord, redactor: Redactor): LogRecord {
  const copy = record.clone();
  copy.msg = redactor.message(record);
  copy.args = NO_ARGUMENTS;
  copy.extra = redactor.value(record.extra);
  copy.excInfo = redactor.value(record.excInfo);
  copy.stackInfo = record.stackInfo;
  const { context, ids } = record;
  if (ids !== undefined) copy.ids = redactor.value(ids);
  if (context !== undefined) {
    copy.context = { id: context.id, tree: context.tree, fields: redactor.value(context.fields) };
  }
  return copy;
}

function isInherited(handler: QueueHandler, name: 'prepare' | 'format'): boolean {
  return Reflect.get(handler, name) === Reflect.get(QueueHandler.prototype, name);
}

describeHandler(QueueHandler, QUEUE_HANDLER_SPEC, {
  arguments: QUEUE_ARGUMENTS,
  together: (_owner, settings) => makeRedactor(settings),
});
