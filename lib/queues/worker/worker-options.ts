/** What a WorkerQueue can be told, checked. */
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { ResourceLimits } from 'node:worker_threads';
import { ConfigurationError } from '../../errors';
import { checkInteger } from '../../internal/check-number';
import type { OptionNames } from '../../internal/checked-options';
import type { WorkerSetup } from './worker-messages';

/** Exactly one of `handlers`, `module` and `config` says where the worker gets its handlers. */
export interface WorkerQueueOptions {
  /** Handlers as data, by name: `{ file: { class: 'FileHandler', filename: 'app.log', formatter: 'json' } }`. */
  readonly handlers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Absolute path or file URL of a module that exports `handlers` (or a default): a list of handlers, or a function that
   * returns one or a promise of one. It is loaded in the worker.
   */
  readonly module?: string | URL;
  /** Data for dictConfig, which is run in the worker; a record goes to the worker's logger of its name. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** As QueueListener's. @defaultValue false */
  readonly respectHandlerLevel?: boolean;
  /** As QueueListener's. @defaultValue false */
  readonly flushBeforeAck?: boolean;
  /** Bytes of records that may wait, from 64 KiB to 1 GiB. @defaultValue 16 MiB */
  readonly maxBytes?: number;
  /**
   * What a log call does when that much waits: `drop-newest` gives the record to `handleError`, counted in `dropped`;
   * `wait` blocks the thread until there is room, `waitMs` at most, and then does the same. @defaultValue 'drop-newest'
   */
  readonly overflow?: 'drop-newest' | 'wait';
  /** @defaultValue 1000 */
  readonly waitMs?: number;
  /**
   * Seconds that flush(), close() and the end of the process wait for the worker: all of them together, until it answers, and
   * for all queues at once. @defaultValue 5
   */
  readonly flushTimeout?: number;
  /** Memory of the worker, as Node's Worker takes it. @defaultValue Node's own */
  readonly resourceLimits?: ResourceLimits;
  /**
   * File of the worker's program, for applications that a bundler made into one file. @defaultValue that of this package,
   * `dist/config/queue-worker.js`
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
      `${owner}: "handlers" and "config" must be plain data, without functions and objects of classes; use "module" for these.`,
      { cause },
    );
  }
}

/** @throws ConfigurationError `ERR_LOG_OPTION` naming the option, what it must be and what came. */
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
  // As long as a timer may be.
  if (!(flushTimeout > 0 && flushTimeout < 2 ** 31 / 1000)) {
    throw new ConfigurationError(
      `${owner}: "flushTimeout" must be a positive number of seconds, got ${String(flushTimeout)}.`,
    );
  }
  const { entry } = options;
  const program = entry === undefined ? DEFAULT_ENTRY : pathOf(owner, 'entry', entry);
  return { setup, maxBytes, overflow, waitMs, flushTimeout, entry: program };
}
