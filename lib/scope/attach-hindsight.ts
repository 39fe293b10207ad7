/** Adds a HindsightHandler for a target to a logger, once, and makes sure that the logger creates records to hold. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { DEBUG, getLevelName } from '../core/level';
import type { Logger } from '../core/logger';
import { RootLogger } from '../core/manager';
import { HindsightHandler, type HindsightHandlerOptions } from './hindsight.handler';

/**
 * Returns the logger's HindsightHandler for that target; creates it if the logger has none. If `logIfErrors` added it for
 * its own scopes only, it acts in all scopes from now on: a second handler for the same target would write records twice.
 */
export function attachHindsight(
  logger: Logger,
  target: Handler,
  options: HindsightHandlerOptions = {},
): HindsightHandler {
  for (const handler of logger.handlers) {
    if (!(handler instanceof HindsightHandler) || handler.target !== target) continue;
    if (options.ownScopesOnly !== true && handler.ownPassThroughLevel !== undefined) {
      handler.actEverywhere(options.passThroughLevel);
    }
    return handler;
  }
  const handler = new HindsightHandler(target, options);
  logger.addHandler(handler);
  return handler;
}

/**
 * Sets an unconfigured root logger to DEBUG: at its default level WARNING there would be no records to hold. A level that
 * somebody has set does not change; if it leaves no records to hold, that is reported.
 */
export function openForContext(logger: Logger, passThroughLevel: number): void {
  if (
    logger instanceof RootLogger &&
    !logger.levelWasSet &&
    logger.handlers.every((handler) => handler instanceof HindsightHandler)
  )
    logger.setLevel(DEBUG);
  const level = logger.getEffectiveLevel();
  if (level < passThroughLevel) return;
  diagnostics.report({
    source: 'request logs',
    what:
      `logger "${logger.name}" is at ${getLevelName(level)}, so no records below it are held for a failing request; ` +
      `call setLevel('DEBUG') on it`,
  });
}
