/** A queue whose listener and handlers run in a thread of their own. */
import { AtShutdownHandler } from '../core/at-shutdown.handler';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { declareOptions, readOptions } from '../internal/options';
import type { Delivery, LogQueue } from './log-queue';
import { encodeRecord } from './record-data';
import { SharedRing } from './worker/shared-ring';
import type { FromWorker } from './worker/worker-messages';
import { WORKER_SPEC, workerSetup, type WorkerQueueOptions } from './worker/worker-options';
import { WorkerThread } from './worker/worker-thread';

/** How long the worker may do nothing while the process waits for it to end, before another takes its place; ms. */
const STALL_MS = 1000;
/** The same while it starts. */
const STARTUP_STALL_MS = 3000;
const POLL_MS = 50;
/** How long a process that ends waits for a worker that could not make its handlers before. */
const FAILED_SETUP_MS = 1000;
/**
 * The queues of this thread that are not closed. They are waited for one after the other, and share that time: while one is
 * waited for, the workers of the others have it, too.
 */
const openQueues = new Set<WorkerQueue>();
/** In one turn of the event loop: one that logs without end must not fill the ring behind the back of a worker asleep. */
const RECORDS_BETWEEN_WAKES = 1000;

/**
 * Takes formatting and writing off the thread that serves requests: a log call writes the record into memory shared with a
 * worker thread, in which a QueueListener hands it to handlers. Start no listener yourself.
 *
 * A record is out of the queue when the handlers took it. A worker that crashes is started again, at growing intervals, and
 * goes on with the first record that it had not handled; one that was being handled may come twice. What was in the queue then
 * is handled one by one, and a record with which the worker died three times is dropped, counted and reported. When the process ends (exit, an uncaught exception, nothing left to do),
 * it is held until the worker has handled what waits, `flushTimeout` at most for all queues together. A signal that ends the process at once, and
 * `kill -9`, lose what waits. The worker does not keep the process alive. shutdown() closes the queue.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a wrong option, or a set-up that cannot be sent to a thread.
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
  /** The oldest flush that the worker has not answered, and when it was asked for. Nothing is waited for longer after that. */
  #owed: { readonly id: number; readonly since: number } | undefined;
  #dropped = 0;
  #enqueued = 0;
  /** Of `#enqueued`, those that the last flush at the end of the process was for. */
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
    this.#ring = SharedRing.ofBytes(this.maxBytes);
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // A failure is reported; only who asks for it gets it as a rejection.
    this.#ready.catch(() => undefined);
    this.#thread = new WorkerThread(this.#ring, {
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

  /** Records given up: there was no room, the worker died with them, or it did not take them before the queue was closed. */
  get dropped(): number {
    return this.#dropped + this.#thread.dropped;
  }

  /** Workers that took the place of one that crashed. */
  get restarts(): number {
    return this.#thread.restarts;
  }

  /** Resolves when the worker has its handlers; rejects with what kept the first one from making them. */
  async ready(): Promise<void> {
    this.#thread.hold();
    try {
      await this.#ready;
    } finally {
      this.#thread.release();
    }
  }

  /** @throws DeliveryError when there is no room, or the queue is closed. */
  enqueue(record: LogRecord): void {
    if (this.#closing !== undefined) throw new DeliveryError('the queue is closed');
    const text = encodeRecord(record);
    if (!this.#ring.write(text) && !this.#writeLater(text)) {
      this.#dropped++;
      throw new DeliveryError(`the queue is full: ${this.size} records wait for the worker`);
    }
    this.#enqueued++;
    // Other listeners of `exit` may log after ours has waited for the worker.
    if (this.#processEnds) this.flushSync();
    else this.#wakeSoon();
  }

  /** @throws ConfigurationError: the listener runs in the worker. */
  async dequeue(_signal: AbortSignal): Promise<readonly Delivery[]> {
    throw new ConfigurationError(
      'WorkerQueue: its listener runs in the worker thread; put no QueueListener on it here.',
    );
  }

  /**
   * Resolves when the handlers took what was put in before and are flushed, or `flushTimeout` after the first flush that the
   * worker has not answered; that is reported.
   */
  async flush(): Promise<void> {
    if (!this.#thread.running && this.#ring.isEmpty) return;
    const id = this.#askForFlush();
    const patience = this.#patience();
    if (patience === 0) return this.#reportLate();
    this.#thread.hold();
    let limit: NodeJS.Timeout | undefined;
    const done = new Promise<void>((resolve) => {
      this.#flushes.set(id, resolve);
      limit = setTimeout(() => {
        this.#reportLate();
        resolve();
      }, patience);
    });
    await done;
    clearTimeout(limit);
    this.#flushes.delete(id);
    this.#thread.release();
  }

  /** Blocks the thread until the worker has handled what waits; as the process ends. */
  flushSync(): void {
    // Its handlers ask for it one after the other; who was waited for in vain is not waited for again.
    const isAskedAgain = this.#enqueued === this.#flushedAt;
    if (this.#closed || (isAskedAgain && (this.#gaveUp || this.#ring.isEmpty))) return;
    this.#flushedAt = this.#enqueued;
    if (!this.#thread.running) this.#thread.start();
    const id = this.#askForFlush();
    const limit = this.#setupFailed
      ? Math.min(FAILED_SETUP_MS, this.flushTimeout * 1000)
      : this.flushTimeout * 1000;
    if (this.#waitForFlush(id, performance.now() + Math.min(limit, this.#patience()))) return;
    this.#gaveUp = true;
    this.#reportLate(limit);
  }

  /** Flushes, has the worker close its handlers, and ends it; all within `flushTimeout`. What is left is dropped and reported. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const end = performance.now() + this.#patience();
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

  /** False when the worker has not answered by `end`. */
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
        // It may have died in this very turn, of which nobody can be told any more.
        this.#thread.replace();
        this.#thread.post({ flush: id });
        since = now;
      }
    }
    return true;
  }

  /** Also of the queues that will be waited for next. */
  #askForFlush(): number {
    for (const queue of openQueues) if (queue !== this && !queue.#ring.isEmpty) queue.#owe();
    return this.#owe();
  }

  #owe(): number {
    const id = (this.#lastFlush = (this.#lastFlush + 1) | 0);
    this.#thread.post({ flush: id });
    if (this.#owed === undefined || this.#ring.waitForFlush(this.#owed.id, 0))
      this.#owed = { id, since: performance.now() };
    return id;
  }

  /** Ms for which the worker may still be waited for. */
  #patience(): number {
    const { flushTimeout } = this;
    if (this.#owed === undefined || this.#ring.waitForFlush(this.#owed.id, 0)) return flushTimeout * 1000;
    return Math.max(0, this.#owed.since + flushTimeout * 1000 - performance.now());
  }

  /** Once a turn of the event loop: a message takes ten times as long as a record. */
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
    // One that died with a flush still owes it.
    for (const id of this.#flushes.keys()) this.#thread.post({ flush: id });
    if (this.#owed !== undefined && !this.#flushes.has(this.#owed.id))
      this.#thread.post({ flush: this.#owed.id });
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
