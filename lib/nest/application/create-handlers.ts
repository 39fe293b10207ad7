/** Creates the handlers that the options of the module describe: the given ones, the console, or those of a queue. */
import { inspect } from 'node:util';
import { closeInBackground } from '../../config/close-handler';
import { createHandler, isHandlerData, type HandlerData } from '../../config/registry';
import type { Handler } from '../../core/handler';
import { NOTSET, parseLevel, type LevelInput } from '../../core/level';
import { ConfigurationError } from '../../errors';
import { QueueHandler } from '../../handlers';
import { WorkerQueue, type LogQueue } from '../../queues';
import type { CheckedConfig } from './check-config';
import type { HandlerDefinition, LoggingModuleOptions, ReadyDefinition } from './options';

type Definitions = Readonly<Record<string, HandlerDefinition>>;

/** The option `queue`: no queue, a worker that the module starts, or a queue of the user. */
export type CheckedQueue = LogQueue | 'worker' | undefined;

const OWNER = 'LoggingModule';
const CONSOLE = 'console';
/** The handler's name in a module that only puts records into a queue. */
const QUEUE = 'queue';
/** An object with one of these keys is a handler, or provides one. */
const HANDLER_KEYS = ['handle', 'useFactory', 'useClass', 'useExisting'];

/** @throws ConfigurationError for a value that is not a queue, and for `config` next to `queue`. */
export function checkQueue({ queue, config }: LoggingModuleOptions): CheckedQueue {
  if (queue === undefined) return undefined;
  if (queue !== 'worker' && typeof (queue as LogQueue | null)?.enqueue !== 'function') {
    throw new ConfigurationError(
      `${OWNER}: "queue" must be 'worker' or a queue with an enqueue(record) method, got ${inspect(queue)}.`,
    );
  }
  if (config !== undefined) {
    throw new ConfigurationError(
      `${OWNER}: "queue" cannot be used together with "config"; describe a QueueHandler and its queue in "config".`,
    );
  }
  return queue;
}

/** The name of the handler that a module without `handlers` gets. */
export function defaultHandlerName(queue: CheckedQueue): string {
  return queue === undefined || queue === 'worker' ? CONSOLE : QUEUE;
}

/** Standard output: readable lines on a terminal, else JSON lines, of which all of one event loop turn are written together. */
export function consoleData(): HandlerData {
  const format = process.stdout.isTTY
    ? ({ formatter: 'pretty' } as const)
    : ({ formatter: 'json', buffer: 'turn' } as const);
  return { class: 'StreamHandler', stream: 'stdout', ...format };
}

/** The handler that a module without `handlers` gets, by its name. */
export function defaultHandler(queue: LogQueue | undefined): Readonly<Record<string, Handler>> {
  if (queue === undefined) return { [CONSOLE]: createHandler(consoleData()) };
  return { [QUEUE]: new QueueHandler(queue, { name: QUEUE }) };
}

/** Starts a worker that has these handlers. Returns its queue, and the QueueHandlers that take their place here. */
export function workerHandlers(
  definitions: Definitions,
  shutdownTimeout: number,
): { readonly queue: WorkerQueue; readonly handlers: Readonly<Record<string, QueueHandler>> } {
  const named = Object.entries(definitions);
  const given: typeof named = named.length === 0 ? [[CONSOLE, consoleData()]] : named;
  const data = given.map(([name, definition]) => [name, checkData(name, definition)] as const);
  // Before the worker starts, because an unknown level throws.
  const levels = data.map(([, { level }]) => parseLevel((level ?? NOTSET) as LevelInput));
  const queue = new WorkerQueue({ handlers: Object.fromEntries(data), flushTimeout: shutdownTimeout / 1000 });
  const handlers = data.map(([name], at) => {
    return [name, new QueueHandler(queue, { to: name, name, level: levels[at] ?? NOTSET })] as const;
  });
  return { queue, handlers: Object.fromEntries(handlers) };
}

function checkData(name: string, definition: HandlerDefinition): HandlerData {
  if (isHandlerData(definition)) return definition;
  throw new ConfigurationError(
    `${OWNER}: "handlers.${name}" must be data with "class", since "queue" is 'worker': an object cannot be sent to ` +
      `another thread. For a handler of your own, give new WorkerQueue({ module }) as "queue".`,
  );
}

/** Creates the handlers of `handlers` and `config`. If one cannot be created, closes those before it. */
export function createHandlers(
  definitions: Definitions,
  config: CheckedConfig,
): Readonly<Record<string, ReadyDefinition>> {
  const created: Handler[] = [];
  try {
    const own = Object.entries(definitions).map(([name, definition]) => {
      const ready = checkHandler(name, definition);
      if (isHandlerData(definition)) created.push(ready as Handler);
      return [name, ready] as const;
    });
    return { ...Object.fromEntries(own), ...config.createHandlers() };
  } catch (error) {
    for (const handler of created.toReversed()) closeInBackground(handler);
    throw error;
  }
}

/** Creates a handler from data at once, so that the error is thrown where the options are given. */
function checkHandler(name: string, definition: HandlerDefinition): ReadyDefinition {
  if (isHandlerData(definition)) return createHandler(definition);
  if (typeof definition === 'object' && definition !== null && HANDLER_KEYS.some((key) => key in definition))
    return definition;
  throw new ConfigurationError(
    `${OWNER}: "handlers.${name}" must be a Handler, an object with useFactory, useClass or useExisting, or data with ` +
      `"class", got ${inspect(definition)}.`,
  );
}
