/** Puts records into a queue, prepared so that they may leave the thread or the process. */
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
  /** Name of the handler behind the queue that gets the records; the others pass them over. @defaultValue all get them */
  readonly to?: string;
  /** Records on their way into a queue whose `enqueue` returns a promise; further ones are refused. @defaultValue 10_000 */
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
 * Ports logging.handlers.QueueHandler (CPython 3.14). The queue is a LogQueue; it stays open when the handler is closed,
 * since others may use it. Secrets are taken out (`redact`) before a record reaches the queue.
 *
 * Differs:
 * - The queued record remembers message, Error and stack apart (CPython has the text only: gh-89087), and QueueListener
 *   puts them back: a handler behind the queue prints what it would print without it. With a formatter on this handler the
 *   text is all there is, and is formatted again behind the queue, as in CPython.
 * - A queue that can only be written to later may return a promise: a rejection goes to `handleError`.
 * - A value that is no queue is refused at construction; CPython fails at every record.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if `queue` has no `enqueue`, or an option is wrong.
 * @example
 * const queue = new InMemoryQueue();
 * root.addHandler(new QueueHandler(queue, { redact: ['password'] }));
 */
export class QueueHandler extends Handler {
  readonly queue: LogQueue;
  readonly maxPending: number;
  /** Set by dictConfig, which does not start it. */
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
    // A subclass that prepares or formats in its own way is asked for each record.
    this.#isPlain = isInherited(this, 'prepare') && isInherited(this, 'format');
  }

  /** Records on their way into the queue. */
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
   * A copy whose `msg` and `message` are the text of the record, exception and stack included, without arguments and
   * exception. As in CPython, formatting leaves `message`, `asctime` and `excText` on the original, unless there is
   * something to redact.
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
    // A subclass may have a format() of its own: then its text is what counts.
    if (composeText(message, source) === text) queued.parts = { message, excInfo, excText, stackInfo };
    return queued;
  }

  /** Without a formatter the text as it is: what writes it behind the queue escapes what it must. */
  override format(record: LogRecord): string {
    if (this.formatter !== undefined) return super.format(record);
    return plainText(record);
  }

  /** Resolves when the queue has what was logged, and has passed it on, if it can tell. */
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

  /** The queue writes the record as text at once, and the text is not this handler's own. */
  get #needsNoCopy(): boolean {
    return this.queue.encodes === true && this.#isPlain && this.formatter === undefined;
  }

  /** As `prepare`, for a queue that is done with the record when it returns. */
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

/** A copy of which nothing refers to a secret any more; the record may be on its way to other handlers. */
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
