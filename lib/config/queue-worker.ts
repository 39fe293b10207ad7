/** The program of a WorkerQueue's thread: creates the handlers and passes them the records of the parent thread. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { inspect } from 'node:util';
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { diagnostics } from '../core/diagnostics';
import { Handler, openHandlers } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { defaultManager, type Manager } from '../core/manager';
import { shutdown } from '../core/shutdown';
import { ConfigurationError } from '../errors';
import { QueueListener } from '../handlers';
import { isPlainObject } from '../internal/foreign';
import { RingReaderQueue, SharedRing } from '../queues/worker/shared-ring';
import type { FromWorker, ToWorker, WorkerSetup, WorkerStart } from '../queues/worker/worker-options';
import { dictConfig } from './dict-config';
import { createHandler, isHandlerData } from './registry';
import type { DictConfig } from './schema';

/** Passes records to the loggers of a manager. Logger filters apply, logger levels do not, as in the cookbook's receiver. */
export class TreeHandler extends Handler {
  readonly #manager: Manager;

  constructor(manager: Manager) {
    super();
    this.#manager = manager;
  }

  /** Without the re-entrancy guard of the base class, so that handlers of the tree can log to the tree. */
  override handle(record: LogRecord): LogRecord {
    this.#manager.getLogger(record.name).handle(record);
    return record;
  }

  /** Flushes all handlers of the thread. */
  override async flush(): Promise<void> {
    for (const handler of openHandlers.newestFirst())
      if (!(handler instanceof TreeHandler)) await handler.flush();
  }
}

function fromData(data: Readonly<Record<string, unknown>>): Handler[] {
  return Object.entries(data).map(([name, one]) => {
    if (!isHandlerData(one)) {
      throw new ConfigurationError(
        `WorkerQueue: "handlers.${name}" must be data with "class", got ${inspect(one)}.`,
      );
    }
    const handler = createHandler(one);
    handler.name ??= name;
    return handler;
  });
}

/** The exports of a CommonJS module are in `default`, which may contain another `default`. */
function exportOf(module: unknown): unknown {
  let found: unknown = module;
  for (let depth = 0; depth < 3; depth++) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return found;
    const { handlers, default: inner } = found as { readonly handlers?: unknown; readonly default?: unknown };
    if (handlers !== undefined) return handlers;
    found = inner;
  }
  return found;
}

async function fromModule(url: string): Promise<readonly Handler[]> {
  const exported = exportOf(await import(url));
  const made: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported;
  if (Array.isArray(made) && made.length > 0 && made.every(isHandler)) return made;
  throw new ConfigurationError(
    `WorkerQueue: ${url} must export "handlers": a list of handlers, or a function that returns one; got ${inspect(made, { depth: 0 })}.`,
  );
}

/** Configures the loggers of the thread, and returns the handler that passes records to them. */
function fromConfig(config: Readonly<Record<string, unknown>>): readonly Handler[] {
  dictConfig(config as unknown as DictConfig);
  return [new TreeHandler(defaultManager)];
}

function isHandler(value: unknown): value is Handler {
  return typeof (value as Partial<Handler> | undefined)?.handle === 'function';
}

/** @throws ConfigurationError if the data or the module is invalid. */
export async function workerHandlers(setup: WorkerSetup): Promise<readonly Handler[]> {
  if (setup.module !== undefined) return fromModule(setup.module);
  if (setup.config !== undefined) return fromConfig(setup.config);
  return fromData(isPlainObject(setup.handlers) ? setup.handlers : {});
}

/** Resolves when the handlers have handled and flushed all records that are now in the ring. Never rejects. */
export async function flushAll(ring: SharedRing, handlers: readonly Handler[]): Promise<void> {
  const last = ring.written;
  // The listener handles records while we wait.
  while (!ring.isReleased(last)) await nextTurn();
  await Promise.all(handlers.map(flushOne));
}

async function flushOne(handler: Handler): Promise<void> {
  try {
    await handler.flush();
  } catch (error) {
    diagnostics.report({ source: handler.describe(), what: 'the flush failed', error });
  }
}

function isWorkerStart(data: unknown): data is WorkerStart {
  return isPlainObject(data) && data['kind'] === 'nestjs-hindsight/queue-worker';
}

/** Handles the records of the ring until the parent thread sends `close`. Rejects if the handlers cannot be created. */
export async function serveRing(
  { ring: shared, generation, aloneUpTo, setup }: WorkerStart,
  port: MessagePort,
): Promise<void> {
  const ring = new SharedRing(shared);
  const queue = new RingReaderQueue(ring, generation, aloneUpTo);
  const handlers: readonly Handler[] = await workerHandlers(setup);
  const { respectHandlerLevel, flushBeforeAck } = setup;
  const listener = new QueueListener(queue, handlers, { respectHandlerLevel, flushBeforeAck }).start();
  const say = (message: FromWorker): void => port.postMessage(message);
  const flush = async (id: number): Promise<void> => {
    await flushAll(ring, handlers);
    ring.setFlushed(id);
    say({ flushed: id });
  };
  const close = async (): Promise<void> => {
    await listener.stop();
    await shutdown();
    port.close();
  };
  port.on('message', (message: ToWorker) => {
    queue.wake();
    if (message === 'close') void close();
    else if (message !== 'wake') void flush(message.flush);
  });
  ring.setReady(generation);
  say('ready');
}

/** In a worker, stdout and stderr need the parent thread's event loop, which does not run during exit or a crash. */
function writeToDescriptorsDirectly(): void {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ] as const) {
    Object.defineProperty(stream, 'fd', { value: fd, configurable: true });
    // PrettyFormatter uses colours on a terminal.
    Object.defineProperty(stream, 'isTTY', { value: isatty(fd), configurable: true });
  }
}

if (!isMainThread && parentPort !== null && isWorkerStart(workerData)) {
  writeToDescriptorsDirectly();
  // A rejection ends the thread with the error, which the parent thread reports.
  void serveRing(workerData, parentPort);
}
