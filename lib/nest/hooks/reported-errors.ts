/** Sees the Errors that Nest only reports, because the response has begun and no filter can answer any more. */
import type { Logger as NestLog } from '@nestjs/common';
import { currentScope } from '../../scope/scope-storage';
import { nest } from '../nest';

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/reports-hook');

/** Where Nest itself reports the Error that a request ended with (before the first byte, in a stream, in a file), or a message. */
const REPORTERS: ReadonlySet<unknown> = new Set([
  'ExceptionsHandler',
  'RouterResponseController',
  'StreamableFile',
  'RpcExceptionsHandler',
  'WsExceptionsHandler',
]);

/** Whether a logger's context is one of those with which Nest reports how a request ended. */
export function isReporter(context: unknown): boolean {
  return REPORTERS.has(context);
}

/**
 * Wraps `Logger.prototype.error`, once. An event stream, a generator or a file that breaks is told of nowhere
 * else, and the application may log elsewhere or have switched Nest's logger off.
 */
export function installReportsHook(): void {
  const prototype = nest().common.Logger.prototype as NestLog & { [HOOKED]?: true };
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the logger's own `this`
  const error = prototype.error;
  prototype.error = function errorWithHindsight(this: NestLog, message: unknown, ...params: unknown[]): void {
    // Nest reports what no filter of the application has answered.
    if (isReporter(Reflect.get(this, 'context'))) currentScope()?.fail(message, true);
    error.call(this, message, ...params);
  };
}
