/** Sees every Error that an HTTP application ends a request with, before any filter does. */
import type { ArgumentsHost } from '@nestjs/common';
import type { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler.js';
import { contextStorage } from '../../core/record-context';
import { readProperty } from '../../internal/foreign';
import { setRoutePattern } from '../../scope/route-pattern';
import { scopeOf } from '../../scope/scope-storage';
import { nest } from '../nest';

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/exceptions-hook');

/** What Nest itself throws when no route has answered. */
function isNoRoute(exception: unknown, request: unknown): boolean {
  const message = readProperty(exception, 'message');
  const method = readProperty(request, 'method');
  return (
    typeof message === 'string' &&
    message === `Cannot ${String(method)} ${String(readProperty(request, 'originalUrl'))}` &&
    readProperty(exception, 'status') === 404
  );
}

/**
 * Wraps `ExceptionsHandler.prototype.next`, once, however many applications there are. A catch-all filter would do the same,
 * and would switch off the application's own global filter.
 */
export function installExceptionsHook(): void {
  const prototype = nest().exceptionsHandler.ExceptionsHandler.prototype as ExceptionsHandler & {
    [HOOKED]?: true;
  };
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the handler's own `this`
  const next = prototype.next;
  prototype.next = function nextWithHindsight(
    this: ExceptionsHandler,
    exception: Error,
    context: ArgumentsHost,
  ): void {
    const request: unknown = context.getArgByIndex(0);
    const scope = scopeOf(request);
    if (scope === undefined) return next.call(this, exception, context);
    // A middleware of Nest is a route to Express.
    if (isNoRoute(exception, request)) setRoutePattern(request as object, false);
    scope.fail(exception);
    // A middleware that threw synchronously has left the async context; what the filters log belongs to the request.
    return contextStorage.run(scope, () => next.call(this, exception, context));
  };
}
