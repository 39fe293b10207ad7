/** The handlers that dictConfig made for a tree, and the closing of those that nothing leads to any more. */
import { FileHandler } from '../handlers';
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import type { TreeData } from '../core/logger-tree';
import type { Manager } from '../core/manager';
import { globalState } from '../internal/global-state';
import { closeQuietly } from './close-quietly';

/** Those of the last configuration of each tree, by name. */
const configured = globalState('configured', () => new WeakMap<TreeData, ReadonlyMap<string, Handler>>());

function isHandler(value: unknown): value is Handler {
  return typeof value === 'object' && value !== null && 'handle' in value && 'close' in value;
}

/** Handlers that a handler gives its records to: a target, or those of a listener. */
function usedBy(handler: object): readonly Handler[] {
  const { target, listener } = handler as { readonly target?: unknown; readonly listener?: unknown };
  const { handlers } = (listener ?? {}) as { readonly handlers?: unknown };
  return [target, ...(Array.isArray(handlers) ? (handlers as unknown[]) : [])].filter(isHandler);
}

/** The handlers of a tree's loggers and those behind them. */
function handlersOf(
  manager: Manager,
  { enabledOnly }: { readonly enabledOnly: boolean },
): ReadonlySet<Handler> {
  const found = new Set<Handler>();
  for (const logger of [manager.root, ...manager.loggers.values()]) {
    if (!enabledOnly || !logger.disabled) for (const handler of logger.handlers) found.add(handler);
  }
  // A Set also goes over what is added on the way.
  for (const handler of found) for (const used of usedBy(handler)) found.add(used);
  return found;
}

/** The handlers of the last configuration. */
export function configuredHandlers(manager: Manager): ReadonlyMap<string, Handler> {
  return configured.get(manager.data) ?? new Map<string, Handler>();
}

/** All handlers that a tree has now: on its loggers, behind these, and made by its last configuration. */
export function presentHandlers(manager: Manager): ReadonlySet<Handler> {
  return new Set([...handlersOf(manager, { enabledOnly: false }), ...configuredHandlers(manager).values()]);
}

/** What waits in the buffers of files is written: a new handler may be about to open, or to empty, the same file. */
export function flushFiles(handlers: Iterable<Handler>): void {
  for (const handler of handlers) {
    if (!(handler instanceof FileHandler)) continue;
    try {
      handler.flush();
    } catch (error) {
      diagnostics.report({ source: handler.describe(), what: 'the flush by dictConfig failed', error });
    }
  }
}

/**
 * Gives the new handlers their names, and closes the old ones that no enabled logger leads to any more, newest first.
 *
 * @param before - What `presentHandlers` was before the loggers were changed.
 */
export function replaceHandlers(
  manager: Manager,
  before: ReadonlySet<Handler>,
  made: ReadonlyMap<string, Handler>,
): void {
  const kept = new Set([...handlersOf(manager, { enabledOnly: true }), ...made.values()]);
  const onSome = handlersOf(manager, { enabledOnly: false });
  const configuredBefore = new Set(configuredHandlers(manager).values());
  // On a disabled logger: only what a configuration has put there is its to close.
  const isOrphan = (handler: Handler): boolean =>
    !kept.has(handler) && (!onSome.has(handler) || configuredBefore.has(handler));
  const orphans = [...before].filter(isOrphan).toSorted((a, b) => b.id - a.id);
  for (const handler of orphans) closeQuietly(handler);
  for (const [name, handler] of made) handler.name = name;
  configured.set(manager.data, made);
}
