/** The option `queue` of `forRoot`: loggers write to a queue, and a listener hands the records to the handlers. */
import { inspect } from 'node:util';
import { isHandlerData, type HandlerData } from '../config/registry';
import { AtShutdownHandler } from '../core/at-shutdown.handler';
import type { Handler } from '../core/handler';
import { NOTSET, parseLevel, type LevelInput } from '../core/level';
import { closeHandler } from '../core/shutdown';
import { ConfigurationError } from '../errors';
import { QueueHandler, QueueListener } from '../handlers';
import { WorkerQueue, type LogQueue } from '../queues';
import { consoleData } from './console-handler';
import type { HandlerDefinition, LoggingModuleOptions } from './logging.options';

/** Of a module whose records go to a queue and no further. */
const ONLY = 'queue';

/** What `queue` says: nothing, a worker of the module's own, or a queue of the user's. */
export type CheckedQueue = LogQueue | 'worker' | undefined;

/** @throws ConfigurationError naming what it must be and what came. */
export function checkQueue({ queue, config }: LoggingModuleOptions): CheckedQueue {
  if (queue === undefined) return undefined;
  if (queue !== 'worker' && typeof (queue as LogQueue | null)?.enqueue !== 'function') {
    throw new ConfigurationError(
      `LoggingModule: "queue" must be 'worker' or a queue with an enqueue(record) method, got ${inspect(queue)}.`,
    );
  }
  if (config !== undefined) {
    throw new ConfigurationError(
      'LoggingModule: "queue" cannot stand beside "config"; describe a QueueHandler and its queue in "config".',
    );
  }
  return queue;
}

/** The name of the handler when none is given. */
export function nameWithoutHandlers(queue: CheckedQueue): string {
  return queue === undefined || queue === 'worker' ? 'console' : ONLY;
}

/** A queue over a worker that has these handlers, and what stands for each of them here. It starts the worker. */
export function workerHandlers(
  definitions: Readonly<Record<string, HandlerDefinition>>,
  shutdownTimeout: number,
): { readonly queue: WorkerQueue; readonly handlers: Readonly<Record<string, QueueHandler>> } {
  const named = Object.entries(definitions);
  const given: typeof named = named.length === 0 ? [['console', consoleData()]] : named;
  const data = given.map(([name, definition]) => [name, checkData(name, definition)] as const);
  // Before the worker: a level that is none starts nothing.
  const levels = data.map(([, { level }]) => parseLevel((level ?? NOTSET) as LevelInput));
  const queue = new WorkerQueue({ handlers: Object.fromEntries(data), flushTimeout: shutdownTimeout / 1000 });
  const handlers = data.map(([name], at) => {
    return [name, new QueueHandler(queue, { to: name, name, level: levels[at] ?? NOTSET })] as const;
  });
  return { queue, handlers: Object.fromEntries(handlers) };
}

/** For a queue that somebody else listens to. */
export function onlyQueueHandler(queue: LogQueue): Readonly<Record<string, QueueHandler>> {
  return { [ONLY]: new QueueHandler(queue, { name: ONLY }) };
}

function checkData(name: string, definition: HandlerDefinition): HandlerData {
  if (isHandlerData(definition)) return definition;
  throw new ConfigurationError(
    `LoggingModule: "handlers.${name}" must be data with "class", since "queue" is 'worker': an object cannot go to another ` +
      `thread. For a handler of your own, give new WorkerQueue({ module }) as "queue".`,
  );
}

/** Carries records from the loggers to the handlers, through the queue, until `end()`. */
export class QueueBridge {
  readonly queue: LogQueue;
  /** The handlers that the loggers get, by the names of the user's handlers. */
  readonly loggerHandlers: ReadonlyMap<string, Handler>;
  readonly #targets: readonly Handler[];
  readonly #listener: QueueListener | undefined;

  constructor(queue: LogQueue, handlers: ReadonlyMap<string, Handler>) {
    this.queue = queue;
    const isQueued = (handler: Handler): boolean =>
      handler instanceof QueueHandler && handler.queue === queue;
    this.#targets = [...handlers.values()].filter((handler) => !isQueued(handler));
    this.loggerHandlers = new Map(
      [...handlers].map(([name, handler]) => [
        name,
        isQueued(handler) ? handler : this.#queueHandlerFor(handler),
      ]),
    );
    if (this.#targets.length > 0) this.#listener = new QueueListener(queue, this.#targets).start();
  }

  /** Rejects when the handlers in a worker cannot be made. */
  async ready(): Promise<void> {
    if (this.queue instanceof WorkerQueue) await this.queue.ready();
  }

  /** When nothing more is logged: what waits is handled, then the handlers and the queue are closed. */
  async end(timeoutMs: number): Promise<void> {
    const listener = this.#listener;
    if (listener !== undefined) await within(timeoutMs, listener.describe(), () => listener.stop());
    for (const handler of this.#targets.toSorted((a, b) => b.id - a.id))
      await closeHandler(handler, timeoutMs);
    await within(timeoutMs, this.queue.constructor.name, () => this.queue.close());
  }

  /** A QueueHandler that shares the level of the handler: records below the level do not enter the queue. */
  #queueHandlerFor(handler: Handler): QueueHandler {
    const queued = new QueueHandler(this.queue, handler.name === undefined ? {} : { to: handler.name });
    Object.defineProperty(queued, 'level', {
      get: () => handler.level,
      set: (level: number) => {
        handler.level = level;
      },
    });
    return queued;
  }
}

/** Bounded and reported as the closing of a handler is. */
async function within(ms: number, who: string, close: () => void | Promise<void>): Promise<void> {
  await closeHandler(new AtShutdownHandler({ describe: () => who, close }), ms);
}
