/**
 * Settles the scope of a request when its answer is out, or its client has left.
 *
 * Node's own HTTP/1 server publishes each finished response on a diagnostics channel, and one listener sees a connection close,
 * for all its requests. A connection is known to belong to that server when its first response was published. Until then,
 * and for HTTP/2, injected requests and serverless adapters, the scope listens to the response itself.
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

/** Stands for a stream that has not told who it is. */
const NO_SOURCE = {};

const CONNECTION = Symbol('nestjs-hindsight/connection');

interface Connection {
  /** The open scopes whose end only the channel, or the end of the connection, tells. */
  readonly scopes: LogScope[];
  /** The channel has published a response of this connection, so it publishes all of them. */
  isPublished: boolean;
}

interface Socket {
  [CONNECTION]?: Connection;
  prependOnceListener(event: 'close', listener: () => void): unknown;
}

/** False for what an adapter without a network puts in its place, such as those of serverless platforms. */
function isSocket(socket: unknown): socket is Socket {
  return typeof readProperty(socket, 'prependOnceListener') === 'function';
}

/** Watches the end of a connection, once, before Node's own listeners do. */
function connectionOf(socket: Socket): Connection {
  const known = socket[CONNECTION];
  if (known !== undefined) return known;
  const scopes: LogScope[] = [];
  socket.prependOnceListener('close', () => {
    for (const scope of scopes.splice(0)) endWithConnection(scope);
  });
  return (socket[CONNECTION] = { scopes, isPublished: false });
}

/** Nearly always the only one; the first where requests are pipelined. Not a set: that makes a new table each time it is empty. */
function leaveConnection({ scopes }: Connection, scope: LogScope): void {
  if (scopes.length === 1 && scopes[0] === scope) {
    scopes.pop();
    return;
  }
  const at = scopes.indexOf(scope);
  if (at !== -1) scopes.splice(at, 1);
}

/** Node closes a response after its connection, and emits `close` on it only if its turn had come. */
function endWithConnection(scope: LogScope): void {
  const { response } = scope;
  if (response === undefined) return;
  if (response.socket === null) process.nextTick(end, scope);
  else response.prependOnceListener('close', () => end(scope));
}

/** Whether a stream is piped into the response. Looked up at the end: a listener of `pipe` would cost every request something. */
function isPipedInto(response: HttpResponse): boolean {
  return response instanceof EventEmitter && response.listenerCount('unpipe') > 0;
}

/**
 * The client left: `statusCode` is still a lying 200. The handler goes on; its answer, or its Error, is the outcome. An
 * answer is seen by `end`, which every way of answering calls and which is watched only in this case.
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

/** The response is closed before it was complete. `source` is the stream that was piped into it. */
function endIncomplete(scope: LogScope, response: HttpResponse, source?: unknown): void {
  const { request } = scope;
  if (request === undefined) return;
  const broken = brokenBy(response, request);
  // A pipeline destroys the response with the Error of its source, and its callback may tell nobody.
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

/** An object that only looks like a response may throw. In its listener, the Error would end the process. */
function settleAfter(error: unknown, scope: LogScope): void {
  reportThrown('the end of a request', error);
  scope.settle();
}

/** The response is closed, and was not finished before. */
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

/** A stream that is piped into the response is the answer: its handler is done. It is unpiped at the same event. */
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

/** `finish` was emitted. HTTP/2 does so for an aborted response too, which was never ended. */
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
 * For a response that the channel may not publish. Without a network, `finish` comes while the handler is still at work, or
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
  // First: OpenTelemetry ends the span of a request at the same event, and an ended span takes no events.
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
  // Also a scope that was settled by hand before.
  leaveConnection(connection, scope);
  if (scope.response === response) finish(scope);
}

let isSubscribed = false;

/** Settles the scope at the end of its response; soon, if the response is closed already. */
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
  // It waits behind other responses of its connection. If the connection is closed meanwhile, the response emits nothing.
  if (response.socket === null && isSocket(socket)) connectionOf(socket).scopes.push(scope);
}
