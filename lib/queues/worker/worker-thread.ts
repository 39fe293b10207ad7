/** Keeps a worker thread running: started, and started again after a crash, at growing intervals. */
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { diagnostics } from '../../core/diagnostics';
import { isAtMost, type SharedRing } from './shared-ring';
import type { FromWorker, ToWorker, WorkerSetup, WorkerStart } from './worker-messages';

export interface WorkerThreadOptions {
  /** Who is named in reports. */
  readonly owner: string;
  /** File of the worker's program. */
  readonly entry: string;
  readonly setup: WorkerSetup;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly onMessage: (message: FromWorker) => void;
  /** It ended by itself, with the error if there was one; before the set-up was done if not `ready`. */
  readonly onCrash: (crash: { readonly error: unknown; readonly ready: boolean }) => void;
}

/** The first pause before a restart in ms; doubled with each that brings no progress. */
const RESTART_MS = 100;
const MAX_RESTART_MS = 30_000;
/** How long a worker may take to end once it is terminated. */
const TERMINATE_MS = 250;
/** A record with which the worker died this often in a row, after a first death among others, is skipped. */
const MAX_ATTEMPTS_ALONE = 2;

/** Of the worker: it never keeps the process alive by itself. */
export class WorkerThread {
  readonly #ring: SharedRing;
  readonly #options: WorkerThreadOptions;
  #worker: Worker | undefined;
  #generation = 0;
  #restarts = 0;
  #restart: NodeJS.Timeout | undefined;
  /** Crashes since the ring last got on. */
  #fruitless = 0;
  /** Of these, those that are the fault of the first record: the worker was set up and had only this one. */
  #attempts = 0;
  /** After a death nobody knows which of the records at hand was to blame: those in the ring are handled one by one. */
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

  /** Workers that took the place of one that crashed. */
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

  /** Keeps the process alive until as many `release` calls. */
  hold(): void {
    if (++this.#refs === 1) this.#worker?.ref();
  }

  release(): void {
    if (--this.#refs === 0) this.#worker?.unref();
  }

  /** Starts a worker; one that is still there reads no further record. */
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
    // After the listeners: a listener for messages refs the port again.
    if (this.#refs === 0) worker.unref();
  }

  /** Starts a worker in the place of one that does nothing. It counts as dead: a dead one cannot say so now. */
  replace(): void {
    const wasReady = this.ready;
    this.#ring.admit(++this.#generation);
    this.#count(wasReady);
    this.#restarts++;
    this.start();
  }

  /** Asks the worker to close its handlers and waits for its end; after `ms` it is terminated, and soon no longer waited for. */
  async end(ms: number): Promise<void> {
    this.#ending = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => this.#ended.push(resolve));
    this.hold();
    let limit = setTimeout(() => {
      void worker.terminate();
      // One that waits for a file system cannot be ended.
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
    // Only a restart that somebody waits for keeps the process alive.
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
