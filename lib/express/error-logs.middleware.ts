/** Express error middleware that tells a request's memory what failed; mount it after the routes. */
import { scopeOf } from '../scope/current';
import type { ErrorMiddleware } from './express-types';

/**
 * Notes the Error and passes it on: your own error handler, mounted after it, still answers. Without it a request still
 * counts as failed by its status, from 500, but its Error is not known.
 */
export function errorLogs(): ErrorMiddleware {
  // By the request and not the current scope: a synchronous throw in a middleware has left the async context.
  // oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
  return function errorLogsMiddleware(error, request, _response, next): void {
    scopeOf(request)?.fail(error);
    next(error);
  };
}
