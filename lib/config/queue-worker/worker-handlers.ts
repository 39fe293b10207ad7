/** Makes the handlers behind a WorkerQueue, in its thread. */
import { inspect } from 'node:util';
import { Handler, openHandlers } from '../../core/handler';
import type { LogRecord } from '../../core/log-record';
import { defaultManager, type Manager } from '../../core/manager';
import { ConfigurationError } from '../../errors';
import { isPlainObject } from '../../internal/foreign';
import type { WorkerSetup } from '../../queues/worker/worker-options';
import type { DictConfig } from '../config-schema';
import { dictConfig } from '../dict-config';
import { createHandler, isHandlerData } from '../handler-registry';

/** Stands for a whole tree of loggers: filters of the logger apply, its level does not, as in the cookbook's receiver. */
export class TreeHandler extends Handler {
  readonly #manager: Manager;

  constructor(manager: Manager) {
    super();
    this.#manager = manager;
  }

  /** Without the base's guard: what a handler of the tree logs goes to the tree. */
  override handle(record: LogRecord): LogRecord {
    this.#manager.getLogger(record.name).handle(record);
    return record;
  }

  /** All handlers of the thread. */
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

/** A CommonJS module has its exports below `default`, and perhaps a default of its own there. */
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

/** The loggers of the thread: their handlers are those of the configuration. */
function fromConfig(config: Readonly<Record<string, unknown>>): readonly Handler[] {
  dictConfig(config as unknown as DictConfig);
  return [new TreeHandler(defaultManager)];
}

function isHandler(value: unknown): value is Handler {
  return typeof (value as Partial<Handler> | undefined)?.handle === 'function';
}

/** @throws ConfigurationError when the data or the module is not what it must be. */
export async function workerHandlers(setup: WorkerSetup): Promise<readonly Handler[]> {
  if (setup.module !== undefined) return fromModule(setup.module);
  if (setup.config !== undefined) return fromConfig(setup.config);
  return fromData(isPlainObject(setup.handlers) ? setup.handlers : {});
}
