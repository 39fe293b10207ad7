/** The options of a WorkerQueue, checked, and the messages between its two threads. */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import { ConfigurationError } from '../../errors';
import {
  boolean,
  integer,
  object,
  oneOf,
  positive,
  rule,
  type Rule,
  type Settings,
  type SpecOf,
} from '../../internal/options';

/** Where the worker gets its handlers from: exactly one of the three. */
export interface WorkerSetup {
  /** File URL of a module that exports `handlers`. */
  readonly module?: string;
  /** Handlers as data, by name. */
  readonly handlers?: Readonly<Record<string, unknown>>;
  /** Data for dictConfig. Records go to the loggers with their names. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly respectHandlerLevel: boolean;
  readonly flushBeforeAck: boolean;
}

/** The data with which a worker starts. */
export interface WorkerStart {
  readonly kind: 'nestjs-hindsight/queue-worker';
  readonly ring: SharedArrayBuffer;
  readonly generation: number;
  /** Number of the last text in the ring when a worker died. Texts up to it are handled one by one. */
  readonly aloneUpTo?: number;
  readonly setup: WorkerSetup;
}

/** Messages to the worker: there are records; flush and reply; close and end. */
export type ToWorker = 'wake' | { readonly flush: number } | 'close';

/** Messages from the worker: it is ready; a flush is done. */
export type FromWorker = 'ready' | { readonly flushed: number };

/** Give exactly one of `handlers`, `module` and `config`. */
export interface WorkerQueueOptions {
  /** Handlers as data, by name: `{ file: { class: 'FileHandler', filename: 'app.log', formatter: 'json' } }`. */
  readonly handlers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Absolute path or file URL of a module that exports `handlers` (or a default): a list of handlers, or a function that
   * returns a list or a promise of one. The worker loads it.
   */
  readonly module?: string | URL;
  /** Data for dictConfig in the worker. A record goes to the worker's logger with its name. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** As QueueListener's. @defaultValue false */
  readonly respectHandlerLevel?: boolean;
  /** As QueueListener's. @defaultValue false */
  readonly flushBeforeAck?: boolean;
  /** Bytes of records that may wait, from 64 KiB to 1 GiB. @defaultValue 16 MiB */
  readonly maxBytes?: number;
  /**
   * What a log call does when the queue is full. `drop-newest` calls `handleError` and counts the record in `dropped`.
   * `wait` first blocks the thread until there is space, for at most `waitMs`. @defaultValue 'drop-newest'
   */
  readonly overflow?: 'drop-newest' | 'wait';
  /** @defaultValue 1000 */
  readonly waitMs?: number;
  /**
   * Seconds that flush(), close() and the end of the process wait for the worker. It is one time limit for all of them
   * and for all queues, and starts again when the worker replies. @defaultValue 5
   */
  readonly flushTimeout?: number;
  /** Memory of the worker, as Node's Worker takes it. @defaultValue Node's own */
  readonly resourceLimits?: ResourceLimits;
  /**
   * File of the worker's program, for applications that are bundled into one file. @defaultValue
   * `dist/config/queue-worker.js` of this package
   */
  readonly entry?: string | URL;
}

const MIN_BYTES = 64 * 1024;
const MAX_BYTES = 1024 ** 3;
/** The longest time of a timer, in seconds. */
const LONGEST_TIMEOUT = 2_147_483;

function pathOf(value: unknown): string | undefined {
  if (value instanceof URL && value.protocol === 'file:') return fileURLToPath(value);
  if (typeof value !== 'string') return undefined;
  if (value.startsWith('file:')) return fileURLToPath(value);
  return isAbsolute(value) ? value : undefined;
}

const PATH = rule('an absolute path or a file URL', pathOf, {
  advice: 'use require.resolve() or new URL()',
});

export const WORKER_SPEC = {
  handlers: object<Readonly<Record<string, Readonly<Record<string, unknown>>>>>('handlers as data, by name'),
  module: PATH,
  config: object<Readonly<Record<string, unknown>>>('data for dictConfig'),
  respectHandlerLevel: boolean(false),
  flushBeforeAck: boolean(false),
  maxBytes: integer(MIN_BYTES, 16 * 1024 * 1024, MAX_BYTES),
  overflow: oneOf(['drop-newest', 'wait'], 'drop-newest'),
  waitMs: integer(1, 1000),
  flushTimeout: positive(5, LONGEST_TIMEOUT),
  resourceLimits: object<ResourceLimits>('an object', { otherwise: "Node's" }),
  entry: {
    ...PATH,
    fallback: join(__dirname, '../../config/queue-worker.js'),
    otherwise: "the package's",
  } as Rule<string>,
} satisfies SpecOf<WorkerQueueOptions>;

/** @throws ConfigurationError unless exactly one of the three is given, as data that can be sent to a thread. */
export function workerSetup(owner: string, options: Settings<typeof WORKER_SPEC>): WorkerSetup {
  const { handlers, module, config, respectHandlerLevel, flushBeforeAck } = options;
  const given = [handlers, module, config].filter((way) => way !== undefined).length;
  if (given !== 1) {
    throw new ConfigurationError(
      `${owner}: takes exactly one of "handlers", "module" and "config", got ${given}.`,
    );
  }
  const setup: WorkerSetup = {
    respectHandlerLevel,
    flushBeforeAck,
    ...(handlers === undefined ? {} : { handlers }),
    ...(module === undefined ? {} : { module: pathToFileURL(module).href }),
    ...(config === undefined ? {} : { config }),
  };
  try {
    return structuredClone(setup);
  } catch (cause) {
    throw new ConfigurationError(
      `${owner}: "handlers" and "config" must be plain data, without functions or class instances; use "module" for these.`,
      { cause },
    );
  }
}
