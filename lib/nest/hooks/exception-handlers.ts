/** Sees every Error that Nest hands to exception filters, before a filter does: of HTTP routes, and of GraphQL resolvers. */
import type { ArgumentsHost } from '@nestjs/common';
import { contextStorage } from '../../core/record-context';
import { readProperty } from '../../internal/foreign';
import type { LogScope } from '../../scope/scope';
import { setNoRoute } from '../../scope/http/route-pattern';
import { currentScope, scopeOf } from '../../scope/current';
import { nest } from '../nest';
import { wrapMethod } from './wrap-method';

/** The method that ExceptionsHandler and ExternalExceptionsHandler of Nest have in common: it calls the filters. */
interface ExceptionHandler {
  next(exception: unknown, host: ArgumentsHost): unknown;
}

/** Finds the scope that an Error belongs to. */
type ScopeFinder = (exception: unknown, host: ArgumentsHost) => LogScope | undefined;

/** Whether Nest itself threw it, because no route has answered. */
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
  // A middleware of Nest is a route to Express.
  if (scope !== undefined && isNoRoute(exception, request)) setNoRoute(request as object);
  return scope;
};

/** The third argument of a GraphQL resolver is the context, which has the request. */
const scopeOfResolver: ScopeFinder = (_exception, host) => scopeOf(host.getArgByIndex(2)) ?? currentScope();

function hookHandler(prototype: ExceptionHandler, findScope: ScopeFinder): void {
  wrapMethod(prototype, 'next', (next, handler, args) => {
    const scope = findScope(...args);
    if (scope === undefined) return next.apply(handler, args);
    scope.fail(args[0]);
    // A middleware that throws synchronously has left the async context. What the filters log belongs to the request.
    return contextStorage.run(scope, () => next.apply(handler, args));
  });
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
