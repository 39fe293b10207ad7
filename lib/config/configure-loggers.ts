/** Puts a checked configuration on the loggers of a tree. */
import type { Handler } from '../core/handler';
import { NOTSET } from '../core/level';
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import type { ConfigPlan, LoggerPlan } from './config-plan';

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

/** Whether one of these names is that of a logger above. */
function isBelow(name: string, names: ReadonlySet<string>): boolean {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    if (names.has(name.slice(0, dot))) return true;
  }
  return false;
}

/**
 * What becomes of the loggers that exist and are not mentioned, as in Python: one below a mentioned logger is reset, any
 * other is disabled, or enabled when `disable` is false.
 */
export function settleOthers(manager: Manager, mentioned: readonly string[], disable: boolean): void {
  const names = new Set(mentioned);
  for (const logger of manager.loggers.values()) {
    if (names.has(logger.name)) continue;
    if (isBelow(logger.name, names)) {
      // Setting a level has the whole tree computed again.
      if (logger.level !== NOTSET) logger.setLevel(NOTSET);
      logger.handlers = [];
      logger.propagate = true;
    } else logger.disabled = disable;
  }
}

/** Replaces what the loggers have. Nothing in it can fail: the plan is checked and the handlers are made. */
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

/** Changes levels and `propagate` only: an incremental configuration. */
export function adjustLoggers(manager: Manager, plan: ConfigPlan): void {
  for (const logger of plan.loggers) {
    const target = manager.getLogger(logger.name);
    setLevelAndPropagate(target, logger);
    target.disabled = false;
  }
  if (plan.root !== undefined) setLevelAndPropagate(manager.root, plan.root);
}
