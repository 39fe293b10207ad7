/** The middleware for Express 4 and 5: `requestLogs`, mounted first, and `errorLogs`, mounted after the routes. Does not import Express. */
import type { Handler } from '../core/handler';
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { attachHindsight, openForContext } from '../scope/attach-hindsight';
import { compileScopeOptions } from '../scope/compile-options';
import { scopeOf } from '../scope/current';
import type { HttpRequest, HttpResponse } from '../scope/exchange';
import { requestMiddleware } from '../scope/http/open';
import { logRequest } from '../scope/http/request-record';
import { SCOPE_SPEC, type LogScopeOptions } from '../scope/options';

export type ExpressRequest = HttpRequest;

export type ExpressResponse = HttpResponse;

export type NextFunction = (error?: unknown) => void;

export type RequestMiddleware = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: NextFunction,
) => void;

// oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
export type ErrorMiddleware = (
  error: unknown,
  request: ExpressRequest,
  response: ExpressResponse,
  next: NextFunction,
) => void;

export interface RequestLogsOptions extends LogScopeOptions {
  /** The handlers. They get records at or above `passThroughLevel` at once, and the others when their request fails. */
  readonly target: Handler | readonly Handler[];
  /** Gets the handlers: records of this logger and its children are held. @defaultValue the root logger */
  readonly logger?: Logger;
}

const OPTIONS = {
  ...SCOPE_SPEC,
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
 * Opens a scope for each request and settles it when the response is closed. Adds one HindsightHandler for each target to the
 * logger. Sets the root logger to DEBUG if its level has not been set.
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

/**
 * Notes the Error and passes it on. Your own error handler, mounted after it, still answers. Without `errorLogs`, a request
 * with a status from 500 still fails, but its Error is not known.
 */
export function errorLogs(): ErrorMiddleware {
  // Uses the request, not the current scope: a middleware that throws synchronously has left the async context.
  // oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
  return function errorLogsMiddleware(error, request, _response, next): void {
    scopeOf(request)?.fail(error);
    next(error);
  };
}
