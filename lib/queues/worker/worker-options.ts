/** The options of a WorkerQueue, checked, and the messages between its two threads. */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { ResourceLimits } from 'node:worker_threads';
import { ConfigurationError } from '../../errors';
import { checkInteger } from '../../internal/check-number';
import type { OptionNames } from '../../internal/checked-options';

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

export const WORKER_OPTIONS = {
  handlers: true,
  module: true,
  config: true,
  respectHandlerLevel: true,
  flushBeforeAck: true,
  maxBytes: true,
  overflow: true,
  waitMs: true,
  flushTimeout: true,
  resourceLimits: true,
  entry: true,
} as const satisfies OptionNames<WorkerQueueOptions>;

/** The options with every default filled in. */
export interface CheckedWorkerQueueOptions {
  readonly setup: WorkerSetup;
  readonly entry: string;
  readonly maxBytes: number;
  readonly overflow: 'drop-newest' | 'wait';
  readonly waitMs: number;
  readonly flushTimeout: number;
}

const MIN_BYTES = 64 * 1024;
const MAX_BYTES = 1024 ** 3;
const DEFAULT_ENTRY = join(__dirname, '../../config/queue-worker.js');
const DEFAULTS = {
  maxBytes: 16 * 1024 * 1024,
  overflow: 'drop-newest',
  waitMs: 1000,
  flushTimeout: 5,
} as const satisfies WorkerQueueOptions;

function pathOf(owner: string, name: string, value: unknown): string {
  if (value instanceof URL && value.protocol === 'file:') return fileURLToPath(value);
  if (typeof value === 'string' && value.startsWith('file:')) return fileURLToPath(value);
  if (typeof value === 'string' && isAbsolute(value)) return value;
  throw new ConfigurationError(
    `${owner}: "${name}" must be an absolute path or a file URL, got ${inspect(value)}; use require.resolve() or new URL().`,
  );
}

function setupOf(owner: string, options: WorkerQueueOptions): WorkerSetup {
  const { handlers, module, config, respectHandlerLevel = false, flushBeforeAck = false } = options;
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
    ...(module === undefined ? {} : { module: pathToFileURL(pathOf(owner, 'module', module)).href }),
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

/** @throws ConfigurationError `ERR_LOG_OPTION` for an invalid option. */
export function checkWorkerQueueOptions(
  owner: string,
  options: WorkerQueueOptions,
): CheckedWorkerQueueOptions {
  const { maxBytes, overflow, waitMs, flushTimeout } = { ...DEFAULTS, ...options };
  const setup = setupOf(owner, options);
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MIN_BYTES || maxBytes > MAX_BYTES) {
    throw new ConfigurationError(
      `${owner}: "maxBytes" must be an integer from ${MIN_BYTES} to ${MAX_BYTES}, got ${String(maxBytes)}.`,
    );
  }
  if (overflow !== 'drop-newest' && overflow !== 'wait') {
    throw new ConfigurationError(
      `${owner}: "overflow" must be 'drop-newest' or 'wait', got ${String(overflow)}.`,
    );
  }
  checkInteger(owner, 'waitMs', { value: waitMs, least: 1 });
  // The longest delay of a timer.
  if (!(flushTimeout > 0 && flushTimeout < 2 ** 31 / 1000)) {
    throw new ConfigurationError(
      `${owner}: "flushTimeout" must be a positive number of seconds, got ${String(flushTimeout)}.`,
    );
  }
  const { entry } = options;
  const program = entry === undefined ? DEFAULT_ENTRY : pathOf(owner, 'entry', entry);
  return { setup, maxBytes, overflow, waitMs, flushTimeout, entry: program };
}
