/** Opens the scope of an HTTP request. A success runs only the code here and in `end-of-response.ts`. */
import { reportThrown } from '../../core/diagnostics';
import { contextStorage } from '../../core/record-context';
import { watchCrashes } from '../crash';
import { bindScope, boundScope, currentScope } from '../current';
import { pathOf, targetOf, type HttpRequest, type HttpResponse } from '../exchange';
import { inboundIds } from '../ids';
import { track } from '../live';
import { watchOutgoingHttp } from '../outgoing/channels';
import type { PathList, RoutePrefix } from '../path-list';
import { isExcluded, isForced } from '../request-predicates';
import { LogScope, type ScopePlace } from '../scope';
import { watchEnd } from './end-of-response';

/** Compares the whole path, and the path inside the router on which the middleware is mounted. */
function isListed(list: PathList, request: HttpRequest, prefix: RoutePrefix): boolean {
  if (list.hasPath(pathOf(targetOf(request)), prefix)) return true;
  const { originalUrl, url } = request;
  return (
    originalUrl !== undefined && url !== undefined && url !== originalUrl && list.hasPath(pathOf(url), prefix)
  );
}

function mayHaveBody({ method, headers, httpVersionMajor = 1 }: HttpRequest): boolean {
  const length = headers['content-length'];
  if (length !== undefined) return length !== '0';
  if (headers['transfer-encoding'] !== undefined) return true;
  // HTTP/2 requires neither header.
  return httpVersionMajor > 1 && method !== 'GET' && method !== 'HEAD';
}

/**
 * Node's parser emits the events of a body outside of the request's scope: in no scope, or in the scope of an earlier request of
 * the connection. This wrapper runs the listeners, such as the callbacks of multer, in the request's scope, or in an inner
 * scope that emits the event.
 */
function keepBodyInScope(request: HttpRequest, scope: LogScope): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the request's own `this`
  const { emit } = request;
  if (emit === undefined || !mayHaveBody(request)) return;
  request.emit = function emitInScope(this: HttpRequest, ...args): boolean {
    if (currentScope()?.work === scope.work) return emit.apply(this, args);
    return contextStorage.run(scope, () => emit.apply(this, args));
  };
}

/**
 * Opens the scope of a request; undefined if the options exclude it, or if opening fails, which is reported. A request that
 * already has a scope keeps it, so that the middleware may be mounted twice. The caller runs the next middleware in
 * `contextStorage.run(scope, …)`.
 */
export function openHttpScope(
  request: HttpRequest,
  response: HttpResponse,
  place: ScopePlace,
): LogScope | undefined {
  try {
    return boundScope(request) ?? openNewScope(request, response, place);
  } catch (error) {
    // The request must still be served.
    reportThrown('the opening of a scope', error);
    boundScope(request)?.settle();
    return undefined;
  }
}

function openNewScope(request: HttpRequest, response: HttpResponse, place: ScopePlace): LogScope | undefined {
  const { options } = place;
  // A mock response without events, as in unit tests, would never end.
  if (typeof response.once !== 'function' || isExcluded(request, options, isListed)) return undefined;
  watchCrashes();
  if (options.outgoingHttp !== false) watchOutgoingHttp();
  const scope = new LogScope('http', place);
  scope.name = request.method;
  scope.target = targetOf(request);
  scope.request = request;
  scope.response = response;
  const ids = (scope.ids = inboundIds(request, options.requestId));
  bindScope(request, scope);
  keepBodyInScope(request, scope);
  track(scope);
  if (ids.header !== false && ids.requestId !== undefined && !response.headersSent) {
    response.setHeader(ids.header, ids.requestId);
  }
  watchEnd(scope, request, response);
  if (isForced(request, options)) scope.force('forced');
  return scope;
}

/** Middleware for Express and Fastify's `@fastify/middie`. */
export type RequestMiddleware = (request: HttpRequest, response: HttpResponse, next: () => void) => void;

/** Middleware that opens the scope of each request, and runs the next middleware in it. */
export function requestMiddleware(place: ScopePlace): RequestMiddleware {
  return function requestLogsMiddleware(request, response, next): void {
    const scope = openHttpScope(request, response, place);
    if (scope === undefined) next();
    else contextStorage.run(scope, next);
  };
}
