/** Express middleware that gives each request its own memory; mount it first. */
import type { Handler } from '../core/handler';
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { attachHindsight, openForContext } from '../scope/attach-hindsight';
import { compileScopeOptions } from '../scope/compile-options';
import { requestMiddleware } from '../scope/http/open';
import { logRequest } from '../scope/http/request-record';
import { SCOPE_OPTIONS, type LogScopeOptions } from '../scope/options';
import type { RequestMiddleware } from './express-types';

export interface RequestLogsOptions extends LogScopeOptions {
  /** Where records go, one handler or several: at once from `passThroughLevel` on, the rest when their request fails. */
  readonly target: Handler | readonly Handler[];
  /** The logger whose records, and whose children's, are meant. @defaultValue the root */
  readonly logger?: Logger;
}

const OPTIONS = {
  ...SCOPE_OPTIONS,
  target: true,
  logger: true,
} as const satisfies OptionNames<RequestLogsOptions>;

function checkTargets(target: Handler | readonly Handler[] | undefined): readonly Handler[] {
  const targets: readonly unknown[] = Array.isArray(target) ? target : [target];
  const wrong = targets.find((handler) => typeof (handler as Handler | undefined)?.handle !== 'function');
  if (targets.length === 0 || wrong !== undefined || targets.includes(undefined)) {
    throw new ConfigurationError(
      `requestLogs: "target" must be a Handler or a list of them, got ${targets.length === 0 ? 'none' : String(wrong)}.`,
    );
  }
  return targets as readonly Handler[];
}

/**
 * Opens a scope for each request and settles it when the response is closed. Puts one HindsightHandler for each target on
 * the logger; a root logger that nobody configured is set to DEBUG.
 *
 * @throws ConfigurationError for a missing target or bad options.
 * @example
 * app.use(requestLogs({ target: new StreamHandler(process.stdout, { formatter: new JsonFormatter() }) }));
 */
export function requestLogs(options: RequestLogsOptions): RequestMiddleware {
  const given = checkedOptions('requestLogs', options, OPTIONS);
  const { target, logger = getLogger(), ...scopeOptions } = given;
  const targets = checkTargets(target);
  const compiled = compileScopeOptions(scopeOptions, undefined, 'requestLogs');
  const passThroughLevel = compiled.holdAll ? null : compiled.passThroughLevel;
  for (const handler of targets) attachHindsight(logger, handler, { passThroughLevel });
  openForContext(logger, compiled.passThroughLevel);
  return requestMiddleware({
    options: compiled,
    tree: logger.manager,
    logger: logger.getChild('http'),
    logEnd: logRequest,
  });
}
