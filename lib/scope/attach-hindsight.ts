/** Puts a HindsightHandler for a target on a logger, once, and makes sure that there is something to hold back. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { DEBUG, getLevelName } from '../core/level';
import type { Logger } from '../core/logger';
import { RootLogger } from '../core/manager';
import { HindsightHandler, type HindsightHandlerOptions } from './hindsight.handler';

/**
 * The logger's HindsightHandler for that target, made if it is not there. One that `logIfErrors` put there for its own
 * calls is opened to all scopes when a request needs it: two for one target would write records twice.
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
 * A root that nobody configured is at WARNING, where no context would be recorded: it is set to DEBUG. A level that was
 * set on purpose stays, and is reported when it leaves nothing to hold back.
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
      `logger "${logger.name}" is at ${getLevelName(level)}, so nothing below it is recorded and a failing request has ` +
      `no context; call setLevel('DEBUG') on it`,
  });
}
