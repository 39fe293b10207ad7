/** What the two threads of a WorkerQueue say to one another. */

/** Where the worker gets its handlers from; exactly one of the three. */
export interface WorkerSetup {
  /** File URL of a module that exports `handlers`. */
  readonly module?: string;
  /** Handlers as data, by name. */
  readonly handlers?: Readonly<Record<string, unknown>>;
  /** Data for dictConfig; records go to the loggers of their names. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly respectHandlerLevel: boolean;
  readonly flushBeforeAck: boolean;
}

/** What a worker starts with. */
export interface WorkerStart {
  readonly kind: 'nestjs-hindsight/queue-worker';
  readonly ring: SharedArrayBuffer;
  readonly generation: number;
  /** Number of the last text that was in the ring when a worker died; those up to it are handled one by one. */
  readonly aloneUpTo?: number;
  readonly setup: WorkerSetup;
}

/** To the worker: there are records; flush and tell; close and end. */
export type ToWorker = 'wake' | { readonly flush: number } | 'close';

/** From the worker: it is set up; a flush is done. */
export type FromWorker = 'ready' | { readonly flushed: number };
