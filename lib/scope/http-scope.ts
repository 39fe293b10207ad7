/** One HTTP request as a scope: opened before anything runs, settled when the response is closed. */
import { EventEmitter } from 'node:events';
import { reportThrown } from '../core/attempt';
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import { keepBodyInScope, type BodyRequest } from './body-context';
import { watchCrashes } from './crash-watch';
import { brokenBy, Departure } from './departure';
import { LogScope } from './log-scope';
import type { PathList, RoutePrefix } from './path-list';
import { logRequest } from './request-record';
import { onceClosed, type ClosingResponse, type ConnectedRequest } from './response-close';
import { idHeader, outgoingHeaders, requestIds } from './request-ids';
import { isExcluded, isForced } from './request-predicates';
import type { CompiledScopeOptions, ScopeRequest } from './scope-options';
import type { RoutedRequest } from './route-pattern';
import { scopeRegistry } from './scope-registry';
import { bindScope, scopeOf } from './scope-storage';

/** What is used of Node's IncomingMessage, or of a framework's that is one. */
export interface HttpRequest
  extends ScopeRequest, ConnectedRequest, RoutedRequest, Pick<BodyRequest, 'emit'> {
  /** The path before a router cut its mount point off (Express). */
  readonly originalUrl?: string;
  readonly errored?: unknown;
  readonly aborted?: boolean;
}

/** What is used of Node's ServerResponse. */
export interface HttpResponse extends ClosingResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly errored?: unknown;
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  once(event: 'finish', listener: () => void): unknown;
  end(...args: never[]): unknown;
}

/** Path of the request, without server, user, query and fragment, which may hold what must not be logged. */
export function requestPath(request: HttpRequest): string {
  return pathOf(request.originalUrl ?? request.url ?? '');
}

const SLASH = 47;

/** The scheme, and what stands between it and the path: absolute-form, and the authority-form of CONNECT. */
const BEFORE_PATH = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/?#]*/i;
/** To a router this is the begin of a path; but `//user:password@host` names a user to whoever resolves it as a URL. */
const USER_BEFORE_PATH = /^[/\\]{2,}[^/\\?#]*@[^/\\?#]*/;

/** Of every form of a request target (RFC 9112, section 3.2). `OPTIONS *` has no path and names nothing: it is `*`. */
function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  if (path.charCodeAt(0) === SLASH) {
    return path.includes('@') ? path.replace(USER_BEFORE_PATH, '') || '/' : path;
  }
  if (path === '*' || path === '') return path;
  const rest = path.replace(BEFORE_PATH, '');
  // The empty path of an absolute-form is `/` (RFC 9110, section 4.2.3); an authority-form has none.
  return rest === '' && path.includes('://') ? '/' : rest;
}

/** By its whole path, or by the one that the router has in which the middleware is mounted. */
function isListed(list: PathList, request: HttpRequest, prefix: RoutePrefix): boolean {
  if (list.hasPath(requestPath(request), prefix)) return true;
  const { originalUrl, url } = request;
  return (
    originalUrl !== undefined && url !== undefined && url !== originalUrl && list.hasPath(pathOf(url), prefix)
  );
}

/** Holds two strings and not the request: a settled scope lingers, and the request must not linger with it. */
function titleOf(method = '', url = ''): () => string {
  return () => `${method} ${pathOf(url)}`;
}

/**
 * The client left: `statusCode` is still a lying 200. The handler goes on; its answer, or its Error, is the outcome. An
 * answer is seen by `end`, which every way of answering calls and which is watched only in this case.
 */
function settleAfterAbort(scope: LogScope, response: HttpResponse, settle: () => void): void {
  if (scope.error !== undefined || response.writableEnded) return settle();
  scope.onFailure = settle;
  scopeRegistry.abandon(scope);
  const end = response.end.bind(response);
  response.end = (...args) => {
    const result = end(...args);
    settle();
    return result;
  };
}

/**
 * Whether a stream is piped into the response: it is the answer, and its handler is done. Looked up when the response is
 * closed, as a listener of `pipe` would cost every request something.
 */
function isPipedInto(response: HttpResponse): boolean {
  return response instanceof EventEmitter && response.listenerCount('unpipe') > 0;
}

/** Whether the answer is one of finalhandler, with which Express answers an Error that no handler of the application took. */
function isOfFinalHandler(response: HttpResponse): boolean {
  return (
    response.getHeader('content-security-policy') === "default-src 'none'" &&
    response.getHeader('x-content-type-options') === 'nosniff' &&
    response.getHeader('content-type') === 'text/html; charset=utf-8'
  );
}

interface OpenRequest {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly departure: Departure;
}

function settleWhenClosed(scope: LogScope, { request, response, departure }: OpenRequest): void {
  let sawFinish = false;
  const settle = (status: number | undefined): void => {
    if (scope.settled) return;
    // They hold the request, and the scope is kept for a while.
    scope.onExit = undefined;
    scope.onFailure = undefined;
    if (scope.error !== undefined && isOfFinalHandler(response)) scope.fail(scope.error, true);
    scope.settle({
      status,
      aborted: status === undefined,
      path: requestPath(request),
      beforeEnd: (outcome) => logRequest({ scope, request, response, outcome }),
    });
  };
  response.once('finish', () => {
    sawFinish = true;
    // The response is closed in a later turn, which a process that ends now does not see.
    if (response.writableEnded && !scope.settled) scope.onExit = () => settle(response.statusCode);
  });
  // First: OpenTelemetry ends the span of a request at the same event, and an ended span takes no events.
  onceClosed(request, response, () => {
    try {
      // Not `writableFinished`: that is wrong for injected requests and for aborted HTTP/2 streams.
      const complete = sawFinish && response.writableEnded;
      const broken = complete ? undefined : brokenBy(response, request);
      // A pipeline destroys the response with the Error of its source, and its callback may tell nobody.
      if (broken !== undefined) scope.fail(broken);
      const ownEnd = scope.error === undefined ? departure.endlessStatus : undefined;
      departure.closed(!complete, response);
      const status = complete ? response.statusCode : ownEnd;
      if (status !== undefined || departure.reported || isPipedInto(response)) settle(status);
      else settleAfterAbort(scope, response, () => settle(undefined));
    } catch (error) {
      // An object that only looks like a response: what is thrown in its listener would end the process.
      reportThrown('the end of a request', error);
      scope.settle();
    }
  });
}

export interface HttpScopeInit {
  readonly options: CompiledScopeOptions;
  readonly tree: Manager;
  /** Where the scope's own records are logged. @defaultValue the tree's logger `http` */
  readonly logger?: Logger | undefined;
}

/**
 * Opens the scope of a request; undefined if the options exclude it, or if it cannot be opened, which is reported. A
 * request that has one keeps it, so that the middleware may be mounted twice. The caller runs what follows in
 * `contextStorage.run(scope, …)`.
 */
export function openHttpScope(
  request: HttpRequest,
  response: HttpResponse,
  init: HttpScopeInit,
): LogScope | undefined {
  try {
    return scopeOf(request) ?? openNewScope(request, response, init);
  } catch (error) {
    // The request is served all the same.
    reportThrown('the opening of a scope', error);
    scopeOf(request)?.settle();
    return undefined;
  }
}

function openNewScope(
  request: HttpRequest,
  response: HttpResponse,
  init: HttpScopeInit,
): LogScope | undefined {
  const { options, tree, logger } = init;
  // A mock of a unit test that can tell nothing has no end.
  if (typeof response.once !== 'function' || isExcluded(request, options, isListed)) return undefined;
  watchCrashes();
  const header = idHeader(options.requestId);
  const fields = { ...requestIds(request, options.requestId) };
  const departure = new Departure(request, response);
  const scope = new LogScope({
    kind: 'http',
    departure,
    options,
    tree,
    fields,
    logger,
    headers: outgoingHeaders(request.headers, header, fields),
    title: titleOf(request.method, request.originalUrl ?? request.url),
  });
  bindScope(request, scope);
  keepBodyInScope(request, scope);
  scopeRegistry.track(scope);
  if (header !== false && fields.requestId !== undefined && !response.headersSent) {
    response.setHeader(header, fields.requestId);
  }
  settleWhenClosed(scope, { request, response, departure });
  if (isForced(request, options)) scope.force('forced');
  return scope;
}
