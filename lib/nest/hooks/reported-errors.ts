/** Sees the Errors that Nest only logs, because the response has begun and no filter can answer any more. */
import { currentScope } from '../../scope/current';
import { nest } from '../nest';
import { wrapMethod } from './wrap-method';

/** What we need of Nest's Logger. */
interface NestLog {
  error(message: unknown, ...params: unknown[]): void;
}

/** The contexts with which Nest logs the Error that ended a request or a message. */
const REPORTERS: ReadonlySet<unknown> = new Set([
  'ExceptionsHandler',
  'RouterResponseController',
  'StreamableFile',
  'RpcExceptionsHandler',
  'WsExceptionsHandler',
]);

/** Whether the context of a logger is one with which Nest logs how a request ended. */
export function isReporter(context: unknown): boolean {
  return REPORTERS.has(context);
}

/**
 * Wraps `Logger.prototype.error`. Nest mentions a broken event stream, generator or file nowhere else, and the application
 * may have its own logger or may have switched Nest's logger off.
 */
export function installReportedErrorsHook(): void {
  wrapMethod(nest().common.Logger.prototype as NestLog, 'error', (error, logger, args) => {
    // Nest reports an Error when no filter of the application has answered it.
    if (isReporter(Reflect.get(logger, 'context'))) currentScope()?.fail(args[0], true);
    error.apply(logger, args);
  });
}
