/** Sees every Error that an HTTP application ends a request with, before any filter does. */
import type { ArgumentsHost } from '@nestjs/common';
import type { ExceptionsHandler } from '@nestjs/core/exceptions/exceptions-handler.js';
import { contextStorage } from '../core/record-context';
import { scopeOf } from '../scope/scope-storage';
import { nest } from './nest';

const HOOKED = Symbol.for('nestjs-hindsight/exceptions-hook');

/**
 * Wraps `ExceptionsHandler.prototype.next`, once in a process, however many applications and copies of this package there
 * are. A catch-all filter would do the same, and would switch off the application's own global filter.
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
    const scope = scopeOf(context.getArgByIndex(0));
    if (scope === undefined) return next.call(this, exception, context);
    scope.fail(exception);
    // A middleware that threw synchronously has left the async context; what the filters log belongs to the request.
    return contextStorage.run(scope, () => next.call(this, exception, context));
  };
}
