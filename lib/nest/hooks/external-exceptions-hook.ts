/** Sees every Error that a GraphQL resolver, or another handler outside HTTP's routes, ends with, before any filter does. */
import type { ArgumentsHost } from '@nestjs/common';
import type { ExternalExceptionsHandler } from '@nestjs/core/exceptions/external-exceptions-handler.js';
import { contextStorage } from '../../core/record-context';
import { currentScope, scopeOf } from '../../scope/scope-storage';
import { nest } from '../nest';

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/external-exceptions-hook');

/** Wraps `ExternalExceptionsHandler.prototype.next`, once. */
export function installExternalExceptionsHook(): void {
  const prototype = nest().externalExceptionsHandler.ExternalExceptionsHandler
    .prototype as ExternalExceptionsHandler & { [HOOKED]?: true };
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the handler's own `this`
  const next = prototype.next;
  prototype.next = function nextWithHindsight(
    this: ExternalExceptionsHandler,
    exception: Error,
    host: ArgumentsHost,
  ) {
    // The third argument of a resolver is the context, which has the request.
    const scope = scopeOf(host.getArgByIndex(2)) ?? currentScope();
    if (scope === undefined) return next.call(this, exception, host);
    scope.fail(exception);
    return contextStorage.run(scope, () => next.call(this, exception, host));
  };
}
