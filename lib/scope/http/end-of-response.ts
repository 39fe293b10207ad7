/**
 * Settles the scope of a request when its response is sent, or its client has disconnected.
 *
 * Node's HTTP/1 server publishes each finished response on a diagnostics channel, and one listener per connection sees it close.
 * This is used from the second response of a connection on: the first published response shows that the connection belongs to
 * that server. Before, and for HTTP/2, injected requests and serverless adapters, the scope listens to the response itself.
 */
import { subscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Socket as NetSocket } from 'node:net';
import { reportThrown } from '../../core/diagnostics';
import { readProperty } from '../../internal/foreign';
import { brokenBy } from '../client-left';
import { boundScope } from '../current';
import { isDestroyed, type HttpRequest, type HttpResponse } from '../exchange';
import { keepAbandoned } from '../live';
import type { LogScope } from '../scope';

/** Published before the listeners of `finish` are called. */
const FINISH_CHANNEL = 'http.server.response.finish';

/** A placeholder for an unknown source stream. */
const NO_SOURCE = {};

const CONNECTION = Symbol('nestjs-hindsight/connection');

interface Connection {
  /** The open scopes that end when the channel publishes their response or the connection closes. */
  readonly scopes: LogScope[];
  /** The channel has published a response of this connection, so it will publish all of them. */
  isPublished: boolean;
}

interface Socket {
  [CONNECTION]?: Connection;
  prependOnceListener(event: 'close', listener: () => void): unknown;
}

/** Whether it is a real socket. Adapters without a network, such as those of serverless platforms, have another object. */
function isSocket(socket: unknown): socket is Socket {
  return typeof readProperty(socket, 'prependOnceListener') === 'function';
}

/** Watches the end of a connection, once, with a listener that runs before Node's own listeners. */
function connectionOf(socket: Socket): Connection {
  const known = socket[CONNECTION];
  if (known !== undefined) return known;
  const scopes: LogScope[] = [];
  socket.prependOnceListener('close', () => {
    for (const scope of scopes.splice(0)) endWithConnection(scope);
  });
  return (socket[CONNECTION] = { scopes, isPublished: false });
}

/** Removes a scope, which is nearly always the only one. Not a Set: it would allocate a new table each time it was empty. */
function leaveConnection({ scopes }: Connection, scope: LogScope): void {
  if (scopes.length === 1 && scopes[0] === scope) {
    scopes.pop();
    return;
  }
  const at = scopes.indexOf(scope);
  if (at !== -1) scopes.splice(at, 1);
}

/** Node closes a response after its connection. A response that still waits for earlier ones emits no `close`. */
function endWithConnection(scope: LogScope): void {
  const { response } = scope;
  if (response === undefined) return;
  if (response.socket === null) process.nextTick(end, scope);
  else response.prependOnceListener('close', () => end(scope));
}

/** Whether a stream is piped into the response. Checked at the end, because a listener for `pipe` would slow every request. */
function isPipedInto(response: HttpResponse): boolean {
  return response instanceof EventEmitter && response.listenerCount('unpipe') > 0;
}

/**
 * Waits for the handler of a request whose client has disconnected. `statusCode` is still the default 200, so the outcome is the
 * handler's answer or Error. Every way of answering calls `end`, which is wrapped only in this case.
 */
function waitForWork(scope: LogScope, response: HttpResponse): void {
  if (scope.error !== undefined || response.writableEnded) return scope.giveUp();
  scope.isAbandoned = true;
  keepAbandoned(scope);
  const answer = response.end.bind(response);
  response.end = (...args) => {
    const result = answer(...args);
    scope.giveUp();
    return result;
  };
}

/** Ends a scope whose response was closed before it was complete. `source` is the stream that was piped into it. */
function endIncomplete(scope: LogScope, response: HttpResponse, source?: unknown): void {
  const { request } = scope;
  if (request === undefined) return;
  const broken = brokenBy(response, request);
  // A pipeline destroys the response with the Error of its source, and its callback may ignore the Error.
  if (broken !== undefined) scope.fail(broken);
  const left = scope.leaving();
  const status = scope.error === undefined ? left?.endlessStatus : undefined;
  left?.closed(true, response);
  const sourceError = readProperty(source, 'errored') ?? undefined;
  if (sourceError !== undefined) scope.fail(sourceError);
  if (status !== undefined) scope.settle({ status });
  else if (left?.reported === true || source !== undefined) scope.giveUp();
  else waitForWork(scope, response);
}

/** Settles the scope after an Error here, which only a fake response can cause. In a listener it would end the process. */
function settleAfter(error: unknown, scope: LogScope): void {
  reportThrown('the end of a request', error);
  scope.settle();
}

/** Called when the response is closed and did not finish before. */
function end(scope: LogScope): void {
  const { response } = scope;
  if (response === undefined || scope.isAbandoned) return;
  try {
    if (isPipedInto(response)) endPiped(scope, response);
    else endIncomplete(scope, response);
  } catch (error) {
    settleAfter(error, scope);
  }
}

/** A stream that is piped into the response is the answer, so its handler has ended. The same event unpipes it. */
function endPiped(scope: LogScope, response: HttpResponse): void {
  let source: unknown = NO_SOURCE;
  response.once('unpipe', (stream) => {
    source = stream;
  });
  process.nextTick(() => {
    try {
      endIncomplete(scope, response, source);
    } catch (error) {
      settleAfter(error, scope);
    }
  });
}

/** Called when the response has emitted `finish`. HTTP/2 emits it for an aborted response, too, which was never ended. */
function finish(scope: LogScope): void {
  const { request, response } = scope;
  if (request === undefined || response === undefined || scope.isAbandoned) return;
  try {
    // Not `writableFinished`: that is wrong for injected requests and for aborted HTTP/2 streams.
    if (!response.writableEnded) return;
    const isBroken = request.aborted === true || (request.errored ?? undefined) !== undefined;
    const left = isBroken ? scope.leaving() : scope.clientLeft;
    left?.closed(false, response);
    scope.settle({ status: response.statusCode });
  } catch (error) {
    settleAfter(error, scope);
  }
}

/**
 * Used for a response that the channel may not publish. Without a network, `finish` may come while the handler is still running, or
 * before the response is ended, and some adapters emit no `close`.
 */
function listenTo(scope: LogScope, request: HttpRequest, response: HttpResponse): void {
  const hasNetwork = request.socket instanceof NetSocket;
  let sawFinish = false;
  response.once('finish', () => {
    sawFinish = true;
    if (hasNetwork) finish(scope);
    else setImmediate(finish, scope);
  });
  // Prepended, because OpenTelemetry ends the span of a request at the same event, and an ended span accepts no events.
  response.prependOnceListener('close', () => {
    if (sawFinish) finish(scope);
    if (!scope.settled) end(scope);
  });
}

interface FinishMessage {
  readonly request: object;
  readonly response: object;
  readonly socket: Socket;
}

function onFinish(message: unknown): void {
  const { request, response, socket } = message as FinishMessage;
  const scope = boundScope(request);
  if (scope === undefined) return;
  const connection = connectionOf(socket);
  connection.isPublished = true;
  // Also for a scope that the application has already settled.
  leaveConnection(connection, scope);
  if (scope.response === response) finish(scope);
}

let isSubscribed = false;

/** Settles the scope at the end of its response; in the next tick, if the response is already closed. */
export function watchEnd(scope: LogScope, request: HttpRequest, response: HttpResponse): void {
  if (!isSubscribed) {
    isSubscribed = true;
    subscribe(FINISH_CHANNEL, onFinish);
  }
  const { socket } = request;
  if (response.destroyed === true || isDestroyed(socket)) return process.nextTick(end, scope);
  const connection = (socket as Partial<Socket> | null | undefined)?.[CONNECTION];
  if (connection?.isPublished === true && request.upgrade !== true) {
    connection.scopes.push(scope);
    return;
  }
  listenTo(scope, request, response);
  // The response waits for earlier responses of its connection. If the connection is closed meanwhile, it emits nothing.
  if (response.socket === null && isSocket(socket)) connectionOf(socket).scopes.push(scope);
}
