/** Makes the handlers behind a WorkerQueue, in its thread. */
import { inspect } from 'node:util';
import type { Handler } from '../../core/handler';
import { ConfigurationError } from '../../errors';
import { isPlainObject } from '../../internal/plain-object';
import type { WorkerSetup } from '../../queues/worker/worker-messages';
import { createHandler, isHandlerData } from '../handler-registry';

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

function isHandler(value: unknown): value is Handler {
  return typeof (value as Partial<Handler> | undefined)?.handle === 'function';
}

/** @throws ConfigurationError when the data or the module is not what it must be. */
export async function workerHandlers(setup: WorkerSetup): Promise<readonly Handler[]> {
  if (setup.module !== undefined) return fromModule(setup.module);
  return fromData(isPlainObject(setup.handlers) ? setup.handlers : {});
}
