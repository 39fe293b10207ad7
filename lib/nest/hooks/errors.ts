/** Sees the Errors that Nest passes to exception filters, before a filter does, and those that Nest only logs. */
import type { ArgumentsHost } from '@nestjs/common';
import { contextStorage } from '../../core/record-context';
import { readProperty } from '../../internal/foreign';
import { currentScope, scopeOf } from '../../scope/current';
import { setNoRoute } from '../../scope/http/route-pattern';
import type { LogScope } from '../../scope/scope';
import { reportsFailure } from '../logger/nest-logger';
import { nest } from '../nest';
import { wrapMethod } from './wrap-method';

/** `next` calls the filters, in Nest's ExceptionsHandler and ExternalExceptionsHandler. */
interface ExceptionHandler {
  next(exception: unknown, host: ArgumentsHost): unknown;
}

/** Finds the scope that an Error belongs to. */
type ScopeFinder = (exception: unknown, host: ArgumentsHost) => LogScope | undefined;

/** What we need of Nest's Logger. */
interface NestLog {
  error(message: unknown, ...params: unknown[]): void;
}

/** Tells the scope about an Error, then runs the filters in the scope, so that what they log belongs to it. */
export function failThenFilter<T>(scope: LogScope | undefined, error: unknown, filter: () => T): T {
  if (scope === undefined) return filter();
  scope.fail(error);
  return contextStorage.run(scope, filter);
}

/** Whether Nest itself threw it because no route matches. */
function isNoRoute(exception: unknown, request: unknown): boolean {
  const message = readProperty(exception, 'message');
  const method = readProperty(request, 'method');
  return (
    typeof message === 'string' &&
    message === `Cannot ${String(method)} ${String(readProperty(request, 'originalUrl'))}` &&
    readProperty(exception, 'status') === 404
  );
}

const scopeOfRoute: ScopeFinder = (exception, host) => {
  const request: unknown = host.getArgByIndex(0);
  const scope = scopeOf(request);
  // Express has a route for each middleware of Nest, so it cannot know that no route matches.
  if (scope !== undefined && isNoRoute(exception, request)) setNoRoute(request as object);
  return scope;
};

/** The third argument of a GraphQL resolver is the context, which has the request. */
const scopeOfResolver: ScopeFinder = (_exception, host) => scopeOf(host.getArgByIndex(2)) ?? currentScope();

function hookHandler(prototype: ExceptionHandler, findScope: ScopeFinder): void {
  // A middleware that throws synchronously has left the async context, so the filters must enter it again.
  wrapMethod(prototype, 'next', (next, handler, args) =>
    failThenFilter(findScope(...args), args[0], () => next.apply(handler, args)),
  );
}

/**
 * Wraps `next` of both exception handlers. A catch-all filter would see the same Errors, but it would replace the
 * application's own global filter.
 */
export function installExceptionHooks(): void {
  const { exceptionsHandler, externalExceptionsHandler } = nest();
  hookHandler(exceptionsHandler.ExceptionsHandler.prototype, scopeOfRoute);
  hookHandler(externalExceptionsHandler.ExternalExceptionsHandler.prototype, scopeOfResolver);
}

/**
 * Wraps `Logger.prototype.error`. When the response has begun, no filter can answer, and Nest only logs the Error of an event
 * stream, a generator or a file. The application may have its own logger, or may have switched Nest's logger off.
 */
export function installReportedErrorsHook(): void {
  wrapMethod(nest().common.Logger.prototype as NestLog, 'error', (error, logger, args) => {
    // Nest reports an Error when no filter of the application has answered it.
    if (reportsFailure(Reflect.get(logger, 'context'))) currentScope()?.fail(args[0], true);
    error.apply(logger, args);
  });
}
