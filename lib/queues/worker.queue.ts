/** A queue whose listener and handlers run in a worker thread. */
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { AtShutdownHandler } from '../core/shutdown';
import { ConfigurationError, DeliveryError } from '../errors';
import { lazy } from '../internal/lazy';
import { declareOptions, readOptions } from '../internal/options';
import type { Delivery, LogQueue } from './log-queue';
import { encodeRecord } from './record-data';
import type { SharedRing } from './worker/shared-ring';
import { WORKER_SPEC, workerSetup, type FromWorker, type WorkerQueueOptions } from './worker/worker-options';
import type { WorkerThread } from './worker/worker-thread';

const loadRing = lazy(() => require('./worker/shared-ring') as typeof import('./worker/shared-ring'));
const loadThread = lazy(() => require('./worker/worker-thread') as typeof import('./worker/worker-thread'));

/** At the end of the process, a worker without progress for this long is replaced, in ms. */
const STALL_MS = 1000;
/** The same while it starts, in ms. */
const STARTUP_STALL_MS = 3000;
const POLL_MS = 50;
/** How long to wait at the end of the process for a worker that failed to create its handlers, in ms. */
const FAILED_SETUP_MS = 1000;
/**
 * The queues of this thread that are not closed. At the end of the process they wait one after the other, but share one
 * time limit, since their workers run at the same time.
 */
const openQueues = new Set<WorkerQueue>();
/** A turn of the event loop that logs this many records wakes the worker, so that it does not sleep while the ring fills. */
const RECORDS_BETWEEN_WAKES = 1000;

/**
 * Moves formatting and writing off the thread that serves requests: a log call writes the record to memory that is shared
 * with a worker thread. There, a QueueListener passes it to the handlers. Do not start a listener yourself.
 *
 * A record leaves the queue when the handlers have accepted it. A worker that crashes is restarted, with growing pauses, and
 * continues with the first record that it has not handled. A record may be handled twice then. After a crash the records of
 * the queue are handled one by one, and one that crashes the worker three times is dropped, counted and reported.
 *
 * At the end of the process (exit, an uncaught exception, nothing left to do) the process waits for the worker to handle the
 * records, at most `flushTimeout` for all queues. They are lost after `kill -9` or another signal that ends the process at
 * once. The worker does not keep the process alive. shutdown() closes the queue.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid option, or data that cannot be sent to a thread.
 * @example
 * const queue = new WorkerQueue({ handlers: { file: { class: 'FileHandler', filename: 'app.log', formatter: 'json' } } });
 * root.addHandler(new QueueHandler(queue));
 */
export class WorkerQueue implements LogQueue {
  readonly encodes = true;
  readonly maxBytes: number;
  readonly overflow: 'drop-newest' | 'wait';
  readonly waitMs: number;
  readonly flushTimeout: number;
  readonly #ring: SharedRing;
  readonly #thread: WorkerThread;
  readonly #closer: AtShutdownHandler;
  readonly #flushes = new Map<number, () => void>();
  readonly #ready: Promise<void>;
  #settleReady: (error?: Error) => void = () => undefined;
  #lastFlush = 0;
  /** The oldest flush without a reply, and when it was requested. Every time limit counts from then. */
  #pendingFlush: { readonly id: number; readonly since: number } | undefined;
  #dropped = 0;
  #enqueued = 0;
  /** The value of `#enqueued` at the last flush at the end of the process. */
  #flushedAt = 0;
  #closing: Promise<void> | undefined;
  #closed = false;
  #waking = false;
  #gaveUp = false;
  #processEnds = false;
  #setupFailed = false;

  constructor(options: WorkerQueueOptions) {
    const owner = new.target.name;
    const checked = readOptions(WORKER_SPEC, options, new.target);
    const setup = workerSetup(owner, checked);
    this.maxBytes = checked.maxBytes;
    this.overflow = checked.overflow;
    this.waitMs = checked.waitMs;
    this.flushTimeout = checked.flushTimeout;
    this.#ring = loadRing().SharedRing.ofBytes(this.maxBytes);
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // The failure is reported. Only a caller of `ready` gets the rejection.
    this.#ready.catch(() => undefined);
    this.#thread = new (loadThread().WorkerThread)(this.#ring, {
      owner,
      entry: checked.entry,
      setup,
      resourceLimits: checked.resourceLimits,
      onMessage: (message) => this.#onMessage(message),
      onCrash: ({ error, ready }) => {
        this.#setupFailed = !ready;
        if (!ready) this.#settleReady(this.#setupError(error));
      },
    });
    this.#closer = new AtShutdownHandler({
      describe: () => owner,
      close: () => this.close(),
      flushSync: () => {
        this.flushSync();
        this.#processEnds = true;
      },
    });
    openQueues.add(this);
  }

  /** Records that wait, or are being handled. */
  get size(): number {
    return this.#ring.size;
  }

  /** Dropped records: the ring was full, the worker crashed because of them, or the queue was closed before it took them. */
  get dropped(): number {
    return this.#dropped + this.#thread.dropped;
  }

  /** How often the worker was restarted. */
  get restarts(): number {
    return this.#thread.restarts;
  }

  /** Resolves when the worker has created its handlers. Rejects if the first worker failed to. */
  async ready(): Promise<void> {
    this.#thread.hold();
    try {
      await this.#ready;
    } finally {
      this.#thread.release();
    }
  }

  /** @throws DeliveryError if the queue is full or closed. */
  enqueue(record: LogRecord): void {
    if (this.#closing !== undefined) throw new DeliveryError('the queue is closed');
    const text = encodeRecord(record);
    if (!this.#ring.write(text) && !this.#writeLater(text)) {
      this.#dropped++;
      throw new DeliveryError(`the queue is full: ${this.size} records wait for the worker`);
    }
    this.#enqueued++;
    // Other 'exit' listeners may log after ours has waited for the worker.
    if (this.#processEnds) this.flushSync();
    else this.#wakeSoon();
  }

  /** @throws ConfigurationError, since the listener runs in the worker. */
  async dequeue(_signal: AbortSignal): Promise<readonly Delivery[]> {
    throw new ConfigurationError(
      'WorkerQueue: its listener runs in the worker thread; do not use a QueueListener here.',
    );
  }

  /**
   * Resolves when the handlers have accepted all earlier records and are flushed, or `flushTimeout` after the first flush
   * without a reply, which is reported.
   */
  async flush(): Promise<void> {
    if (!this.#thread.running && this.#ring.isEmpty) return;
    const id = this.#requestFlushes();
    const timeLeft = this.#timeLeft();
    if (timeLeft === 0) return this.#reportLate();
    this.#thread.hold();
    let limit: NodeJS.Timeout | undefined;
    const done = new Promise<void>((resolve) => {
      this.#flushes.set(id, resolve);
      limit = setTimeout(() => {
        this.#reportLate();
        resolve();
      }, timeLeft);
    });
    await done;
    clearTimeout(limit);
    this.#flushes.delete(id);
    this.#thread.release();
  }

  /** Blocks the thread until the worker has handled all records. Called at the end of the process. */
  flushSync(): void {
    // Each QueueHandler calls it. After a timeout, it does not wait again for the same records.
    const isAskedAgain = this.#enqueued === this.#flushedAt;
    if (this.#closed || (isAskedAgain && (this.#gaveUp || this.#ring.isEmpty))) return;
    this.#flushedAt = this.#enqueued;
    if (!this.#thread.running) this.#thread.start();
    const id = this.#requestFlushes();
    const limit = this.#setupFailed
      ? Math.min(FAILED_SETUP_MS, this.flushTimeout * 1000)
      : this.flushTimeout * 1000;
    if (this.#waitForFlush(id, performance.now() + Math.min(limit, this.#timeLeft()))) return;
    this.#gaveUp = true;
    this.#reportLate(limit);
  }

  /**
   * Flushes, then closes the handlers and ends the worker, all within `flushTimeout`. Other records are dropped and
   * reported.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const end = performance.now() + this.#timeLeft();
    await this.flush();
    await this.#thread.end(Math.max(0, end - performance.now()));
    this.#closed = true;
    openQueues.delete(this);
    this.#closer.dismiss();
    this.#settleReady(new DeliveryError('the queue is closed'));
    const { size } = this;
    if (size === 0) return;
    this.#dropped += size;
    diagnostics.report({
      source: this.constructor.name,
      what: `${size} records were lost at close: the worker did not take them within ${this.flushTimeout} s`,
    });
  }

  /** Returns false if the worker has not replied before `end`. */
  #waitForFlush(id: number, end: number): boolean {
    let progress = this.#ring.progress;
    let since = performance.now();
    while (!this.#ring.waitForFlush(id, POLL_MS)) {
      const now = performance.now();
      if (now >= end) return false;
      if (progress !== this.#ring.progress) {
        progress = this.#ring.progress;
        since = now;
      } else if (now - since > (this.#thread.ready ? STALL_MS : STARTUP_STALL_MS) && !this.#ring.isEmpty) {
        // It may have died during this turn, and its 'exit' event cannot come any more.
        this.#thread.replace();
        this.#thread.post({ flush: id });
        since = now;
      }
    }
    return true;
  }

  /** Requests a flush, also of the other queues, so that all time limits start now. */
  #requestFlushes(): number {
    for (const queue of openQueues) if (queue !== this && !queue.#ring.isEmpty) queue.#requestFlush();
    return this.#requestFlush();
  }

  #requestFlush(): number {
    const id = (this.#lastFlush = (this.#lastFlush + 1) | 0);
    this.#thread.post({ flush: id });
    if (this.#pendingFlush === undefined || this.#ring.waitForFlush(this.#pendingFlush.id, 0))
      this.#pendingFlush = { id, since: performance.now() };
    return id;
  }

  /** The rest of the time limit, in ms. */
  #timeLeft(): number {
    const { flushTimeout } = this;
    if (this.#pendingFlush === undefined || this.#ring.waitForFlush(this.#pendingFlush.id, 0))
      return flushTimeout * 1000;
    return Math.max(0, this.#pendingFlush.since + flushTimeout * 1000 - performance.now());
  }

  /** Wakes the worker once a turn of the event loop, since a message costs ten times as much as a record. */
  #wakeSoon(): void {
    if (this.#enqueued % RECORDS_BETWEEN_WAKES === 0) this.#wake();
    if (this.#waking) return;
    this.#waking = true;
    setImmediate(() => {
      this.#waking = false;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#ring.takeIdle()) this.#thread.post('wake');
  }

  #onMessage(message: FromWorker): void {
    if (message !== 'ready') {
      this.#flushes.get(message.flushed)?.();
      return;
    }
    this.#setupFailed = false;
    this.#settleReady();
    // The worker before this one may have died before it replied to a flush.
    for (const id of this.#flushes.keys()) this.#thread.post({ flush: id });
    if (this.#pendingFlush !== undefined && !this.#flushes.has(this.#pendingFlush.id))
      this.#thread.post({ flush: this.#pendingFlush.id });
  }

  #writeLater(text: string): boolean {
    if (this.overflow !== 'wait' || Buffer.byteLength(text) > this.#ring.maxTextBytes) return false;
    const end = performance.now() + this.waitMs;
    for (let left = this.waitMs; left > 0; left = end - performance.now()) {
      this.#wake();
      this.#ring.waitForRelease(Math.min(left, POLL_MS));
      if (this.#ring.write(text)) return true;
    }
    return false;
  }

  #setupError(cause: unknown): ConfigurationError {
    const why = cause instanceof Error ? cause.message : 'it ended';
    return new ConfigurationError(`WorkerQueue: the worker could not be set up: ${why}`, { cause });
  }

  #reportLate(ms = this.flushTimeout * 1000): void {
    diagnostics.report({
      source: this.constructor.name,
      what: `${this.size} records still wait for the worker after ${ms / 1000} s`,
    });
  }
}

declareOptions(WorkerQueue, WORKER_SPEC);
