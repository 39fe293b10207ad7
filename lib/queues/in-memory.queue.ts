/** A queue in memory, for a listener in the same thread. */
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { DeliveryError } from '../errors';
import { integer, oneOf, declareOptions, readOptions, type SpecOf } from '../internal/options';
import type { Delivery, LogQueue } from './log-queue';

export interface InMemoryQueueOptions {
  /** Maximum records that may wait. @defaultValue 100_000 */
  readonly maxSize?: number;
  /**
   * Which record is dropped when the queue is full. With `drop-newest`, as with Python's queue.Full, the handler's
   * `handleError` is called. With `drop-oldest`, the queue reports it. Both are counted in `dropped`.
   * @defaultValue 'drop-newest'
   */
  readonly overflow?: 'drop-oldest' | 'drop-newest';
}

export const IN_MEMORY_SPEC = {
  maxSize: integer(1, 100_000),
  overflow: oneOf(['drop-oldest', 'drop-newest'], 'drop-newest'),
} satisfies SpecOf<InMemoryQueueOptions>;

/** Maximum records of one `dequeue`. */
const BATCH = 1000;
/** With fewer empty places at the front, the list is not shortened. */
const COMPACT_FROM = 1024;

/**
 * Works as Python's queue.Queue: bounded, in order, lost when the process ends. A record leaves the queue when it is taken,
 * so there is no `ack`. Records are not copied: objects in them may change while they wait.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid `maxSize` or `overflow`.
 * @example
 * const queue = new InMemoryQueue();
 * root.addHandler(new QueueHandler(queue));
 * const listener = new QueueListener(queue, [new FileHandler('app.log')]).start();
 */
export class InMemoryQueue implements LogQueue {
  readonly maxSize: number;
  readonly overflow: 'drop-oldest' | 'drop-newest';
  #records: (LogRecord | undefined)[] = [];
  /** Index of the oldest record. Removing it with shift() would move all the others. */
  #head = 0;
  #dropped = 0;
  #closed = false;
  /** Waiting consumers, in the order of their calls. */
  readonly #waiting = new Set<() => void>();

  constructor(options: InMemoryQueueOptions = {}) {
    const settings = readOptions(IN_MEMORY_SPEC, options, new.target);
    this.maxSize = settings.maxSize;
    this.overflow = settings.overflow;
  }

  get size(): number {
    return this.#records.length - this.#head;
  }

  /** Records dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @throws DeliveryError if the queue is closed, or full with `drop-newest`. */
  enqueue(record: LogRecord): void {
    if (this.#closed) throw new DeliveryError('the queue is closed');
    if (this.size >= this.maxSize) this.#makeRoom();
    this.#records.push(record);
    if (this.#waiting.size > 0) this.#wakeOne();
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    while (this.size === 0 && !this.#closed && !signal.aborted) await this.#arrival(signal);
    if (this.size === 0 && this.#closed) return undefined;
    return this.dequeueSync();
  }

  dequeueSync(): readonly Delivery[] {
    const end = Math.min(this.#head + BATCH, this.#records.length);
    const batch: Delivery[] = [];
    while (this.#head < end) batch.push({ record: this.#take() });
    this.#compact();
    return batch;
  }

  /** Accepts no more records. The waiting ones can still be taken. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#waiting) wake();
  }

  /** Takes the oldest record, and clears its place so that it can be garbage-collected. */
  #take(): LogRecord {
    const record = this.#records[this.#head] as LogRecord;
    this.#records[this.#head++] = undefined;
    return record;
  }

  #makeRoom(): void {
    this.#dropped++;
    const why = `the queue is full: ${this.maxSize} records already wait`;
    if (this.overflow === 'drop-newest') throw new DeliveryError(why);
    this.#take();
    diagnostics.report({ source: this.constructor.name, what: `the oldest record was dropped, ${why}` });
    this.#compact();
  }

  /** Removes the empty places. It runs so rarely that a record is moved once on average. */
  #compact(): void {
    if (this.#head < COMPACT_FROM || this.#head * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#head);
    this.#head = 0;
  }

  #wakeOne(): void {
    const [wake] = this.#waiting;
    wake?.();
  }

  #arrival(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

declareOptions(InMemoryQueue, IN_MEMORY_SPEC);
