/** Keeps a worker thread running: restarts it after a crash, with growing pauses. */
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { diagnostics } from '../../core/diagnostics';
import { isAtMost, type SharedRing } from './shared-ring';
import type { FromWorker, ToWorker, WorkerSetup, WorkerStart } from './worker-options';

export interface WorkerThreadOptions {
  /** The name in reports. */
  readonly owner: string;
  /** File of the worker's program. */
  readonly entry: string;
  readonly setup: WorkerSetup;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly onMessage: (message: FromWorker) => void;
  /** Called when the worker ended by itself, with its error if there was one. `ready` is false if it had not started yet. */
  readonly onCrash: (crash: { readonly error: unknown; readonly ready: boolean }) => void;
}

/** First pause before a restart, in ms. Doubled after each restart without progress. */
const RESTART_MS = 100;
const MAX_RESTART_MS = 30_000;
/** How long to wait for the end of a terminated worker, in ms. */
const TERMINATE_MS = 250;
/** A record that crashed the worker this often when handled alone is skipped. */
const MAX_ATTEMPTS_ALONE = 2;

/** The worker does not keep the process alive by itself. */
export class WorkerThread {
  readonly #ring: SharedRing;
  readonly #options: WorkerThreadOptions;
  #worker: Worker | undefined;
  #generation = 0;
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  /** Crashes in a row without progress in the ring. */
  #fruitless = 0;
  /** Those crashes for which the first record must be the cause: the worker was ready and had only this record. */
  #attempts = 0;
  /** After a crash its cause is unknown, so the records up to this number are handled one by one. */
  #aloneUpTo: number | undefined;
  #dropped = 0;
  #headAtCrash = -1;
  #ending = false;
  #refs = 0;
  #ended: (() => void)[] = [];

  constructor(ring: SharedRing, options: WorkerThreadOptions) {
    this.#ring = ring;
    this.#options = options;
    this.start();
  }

  /** How often the worker was restarted. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Records that were skipped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** False between a crash and the restart. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  get ready(): boolean {
    return this.#ring.isReady(this.#generation);
  }

  post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  /** Keeps the process alive until `release` was called as often. */
  hold(): void {
    if (++this.#refs === 1) this.#worker?.ref();
  }

  release(): void {
    if (--this.#refs === 0) this.#worker?.unref();
  }

  /** Starts a worker. A worker that still runs reads no more records. */
  start(): void {
    clearTimeout(this.#restart);
    this.#restart = undefined;
    void this.#worker?.terminate();
    const generation = ++this.#generation;
    this.#ring.admit(generation);
    const data: WorkerStart = {
      kind: 'nestjs-hindsight/queue-worker',
      ring: this.#ring.shared,
      generation,
      ...(this.#aloneUpTo === undefined ? {} : { aloneUpTo: this.#aloneUpTo }),
      setup: this.#options.setup,
    };
    const { resourceLimits } = this.#options;
    const worker = new Worker(this.#options.entry, {
      workerData: data,
      name: 'nestjs-hindsight',
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#worker = worker;
    let error: unknown;
    worker.on('error', (cause) => (error = cause));
    worker.on('message', this.#options.onMessage);
    worker.on('exit', () => this.#onExit(worker, { error, ready: this.#ring.isReady(generation) }));
    // After the listeners are added, since a 'message' listener refs the port.
    if (this.#refs === 0) worker.unref();
  }

  /** Replaces a worker that does not respond. It counts as a crash. */
  replace(): void {
    const wasReady = this.ready;
    this.#ring.admit(++this.#generation);
    this.#count(wasReady);
    this.#restarts++;
    this.start();
  }

  /** Asks the worker to close its handlers and waits for its end. Terminates it after `ms`, and then waits only shortly. */
  async end(ms: number): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => this.#ended.push(resolve));
    this.hold();
    let limit = setTimeout(() => {
      void worker.terminate();
      // A worker that waits for the file system cannot be terminated.
      limit = setTimeout(() => {
        worker.unref();
        this.#end();
      }, TERMINATE_MS);
    }, ms);
    this.post('close');
    await ended;
    clearTimeout(limit);
  }

  #end(): void {
    for (const ended of this.#ended.splice(0)) ended();
  }

  #onExit(worker: Worker, crash: { readonly error: unknown; readonly ready: boolean }): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#end();
    if (this.#ending) return;
    const { owner, onCrash } = this.#options;
    diagnostics.report({ source: owner, what: 'the worker ended and is started again', error: crash.error });
    this.#count(crash.ready);
    onCrash(crash);
    const pause = Math.min(RESTART_MS * 2 ** this.#fruitless, MAX_RESTART_MS);
    this.#restart = setTimeout(() => {
      this.#restarts++;
      this.start();
    }, pause);
    // A restart keeps the process alive only if somebody waits for it.
    if (this.#refs === 0) this.#restart.unref();
  }

  #count(ready: boolean): void {
    const { head, isEmpty } = this.#ring;
    const stuck = head === this.#headAtCrash;
    this.#headAtCrash = head;
    this.#fruitless = stuck ? this.#fruitless + 1 : 0;
    const wasAlone = isAtMost(this.#ring.frameAt(head)?.number ?? 0, this.#aloneUpTo);
    if (!isEmpty) this.#aloneUpTo = this.#ring.written;
    if (!ready || isEmpty) return;
    this.#attempts = wasAlone ? (stuck ? this.#attempts : 0) + 1 : 0;
    if (this.#attempts < MAX_ATTEMPTS_ALONE) return;
    this.#ring.skip();
    this.#attempts = 0;
    this.#dropped++;
    const what = `a record was dropped: the worker died with it ${MAX_ATTEMPTS_ALONE + 1} times`;
    diagnostics.report({ source: this.#options.owner, what });
  }
}
