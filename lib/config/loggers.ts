/** Applies a checked configuration to the loggers of a manager, and closes the handlers that are no longer used. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { NOTSET } from '../core/level';
import type { Logger } from '../core/logger';
import type { TreeData } from '../core/logger-tree';
import type { Manager } from '../core/manager';
import { FileHandler } from '../handlers';
import { globalState } from '../internal/global-state';
import { closeInBackground } from './close-handler';
import type { ConfigPlan, LoggerPlan } from './reader';

function setLevelAndPropagate(logger: Logger, { level, propagate }: LoggerPlan): void {
  if (level !== undefined) logger.setLevel(level);
  if (propagate !== undefined) logger.propagate = propagate;
}

function configure(logger: Logger, plan: LoggerPlan, handlers: ReadonlyMap<string, Handler>): void {
  setLevelAndPropagate(logger, plan);
  logger.handlers = [];
  for (const name of plan.handlers) {
    const handler = handlers.get(name);
    if (handler !== undefined) logger.addHandler(handler);
  }
  for (const filter of plan.filters) logger.addFilter(filter);
}

/** Whether one of the names is an ancestor of this logger. */
function isBelow(name: string, names: ReadonlySet<string>): boolean {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    if (names.has(name.slice(0, dot))) return true;
  }
  return false;
}

/**
 * Changes existing loggers that the configuration does not mention, as Python does: descendants of a mentioned logger are
 * reset, all others are disabled, or enabled if `disable` is false.
 */
export function settleOthers(manager: Manager, mentioned: readonly string[], disable: boolean): void {
  const names = new Set(mentioned);
  for (const logger of manager.loggers.values()) {
    if (names.has(logger.name)) continue;
    if (isBelow(logger.name, names)) {
      // `setLevel` recomputes the levels of the whole tree, so call it only if needed.
      if (logger.level !== NOTSET) logger.setLevel(NOTSET);
      logger.handlers = [];
      logger.propagate = true;
    } else logger.disabled = disable;
  }
}

/** Replaces handlers, filters and levels. It cannot fail: the plan is checked and the handlers exist. */
export function configureLoggers(
  manager: Manager,
  plan: ConfigPlan,
  handlers: ReadonlyMap<string, Handler>,
): void {
  for (const logger of plan.loggers) {
    const target = manager.getLogger(logger.name);
    configure(target, logger, handlers);
    target.disabled = false;
  }
  const mentioned = plan.loggers.map(({ name }) => name);
  settleOthers(manager, mentioned, plan.disableExisting ?? true);
  if (plan.root !== undefined) configure(manager.root, plan.root, handlers);
}

/** Changes only levels and `propagate`, for an incremental configuration. */
export function adjustLoggers(manager: Manager, plan: ConfigPlan): void {
  for (const logger of plan.loggers) {
    const target = manager.getLogger(logger.name);
    setLevelAndPropagate(target, logger);
    target.disabled = false;
  }
  if (plan.root !== undefined) setLevelAndPropagate(manager.root, plan.root);
}

/** The handlers of the last configuration of each tree, by name. */
const configured = globalState('configured', () => new WeakMap<TreeData, ReadonlyMap<string, Handler>>());

function isHandler(value: unknown): value is Handler {
  return typeof value === 'object' && value !== null && 'handle' in value && 'close' in value;
}

/** Handlers that a handler passes its records to: its `target`, or the handlers of its listener. */
function usedBy(handler: object): readonly Handler[] {
  const { target, listener } = handler as { readonly target?: unknown; readonly listener?: unknown };
  const { handlers } = (listener ?? {}) as { readonly handlers?: unknown };
  return [target, ...(Array.isArray(handlers) ? (handlers as unknown[]) : [])].filter(isHandler);
}

/** The handlers of all loggers of a manager, and the handlers that these pass records to. */
function handlersOf(
  manager: Manager,
  { enabledOnly }: { readonly enabledOnly: boolean },
): ReadonlySet<Handler> {
  const found = new Set<Handler>();
  for (const logger of [manager.root, ...manager.loggers.values()]) {
    if (!enabledOnly || !logger.disabled) for (const handler of logger.handlers) found.add(handler);
  }
  // Iterating over a Set includes the items that are added during the loop.
  for (const handler of found) for (const used of usedBy(handler)) found.add(used);
  return found;
}

/** The handlers of the last configuration. */
export function configuredHandlers(manager: Manager): ReadonlyMap<string, Handler> {
  return configured.get(manager.data) ?? new Map<string, Handler>();
}

/** All current handlers: those of the loggers, those they pass records to, and those of the last configuration. */
export function presentHandlers(manager: Manager): ReadonlySet<Handler> {
  return new Set([...handlersOf(manager, { enabledOnly: false }), ...configuredHandlers(manager).values()]);
}

/** Flushes the buffers of file handlers: a new handler may open, or empty, the same file. */
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
 * Sets the names of the new handlers, and closes old handlers that no enabled logger uses any more, newest first.
 *
 * @param before - The result of `presentHandlers` before the loggers were changed.
 */
export function replaceHandlers(
  manager: Manager,
  before: ReadonlySet<Handler>,
  made: ReadonlyMap<string, Handler>,
): void {
  const kept = new Set([...handlersOf(manager, { enabledOnly: true }), ...made.values()]);
  const onSome = handlersOf(manager, { enabledOnly: false });
  const configuredBefore = new Set(configuredHandlers(manager).values());
  // A handler of a disabled logger is closed only if a configuration created it.
  const isOrphan = (handler: Handler): boolean =>
    !kept.has(handler) && (!onSome.has(handler) || configuredBefore.has(handler));
  const orphans = [...before].filter(isOrphan).toSorted((a, b) => b.id - a.id);
  for (const handler of orphans) closeInBackground(handler);
  for (const [name, handler] of made) handler.name = name;
  configured.set(manager.data, made);
}
