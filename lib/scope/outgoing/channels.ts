/**
 * Sees the outgoing HTTP requests of scopes on Node's diagnostics channels: those of `node:http` and `node:https`, and those of
 * `fetch` and undici. Only the start of a request is published in the async context of its caller, so the scope is taken there and
 * kept with the request.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { reportThrown } from '../../core/diagnostics';
import { contextStorage, type RecordContext } from '../../core/record-context';
import { ownScope } from '../current';
import { isIgnored } from '../outgoing-options';
import type { LogScope } from '../scope';
import { HttpCall, type Destination } from './http-call';
import { contextOf, destinationOf, headOf, type UndiciRequest, type UndiciResponse } from './undici-request';

const CALL = Symbol('nestjs-hindsight/call');

interface WithCall {
  [CALL]?: HttpCall | undefined;
}

function open(request: WithCall, context: RecordContext | undefined, read: () => Destination): void {
  const scope = ownScope(context);
  const outgoing = scope?.options.outgoingHttp;
  if (scope === undefined || outgoing === undefined || outgoing === false) return;
  const to = read();
  if (outgoing.ignore.length === 0 || !isIgnored(to.host, outgoing)) request[CALL] = new HttpCall(scope, to);
}

/** The call of a request. After its end the request does not keep the scope in memory. */
function close(request: WithCall): HttpCall | undefined {
  const call = request[CALL];
  if (call !== undefined) request[CALL] = undefined;
  return call;
}

interface NodeMessage {
  readonly request: ClientRequest & WithCall;
  readonly response: IncomingMessage;
  readonly error: unknown;
}

function onNodeStart({ request }: NodeMessage): void {
  const context = contextStorage.getStore();
  // Node 22 has published it already, on the channel `created`.
  if (context === undefined || CALL in request) return;
  open(request, context, () => {
    const host = request.getHeader('host');
    const { method, protocol, path: target } = request;
    return { method, protocol, host: typeof host === 'string' ? host : request.host, target };
  });
}

function onNodeAnswer({ request, response }: NodeMessage): void {
  const call = close(request);
  if (call === undefined) return;
  const { headers, statusCode = 0 } = response;
  call.answered({
    status: statusCode,
    header: (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : value?.join(', ');
    },
  });
  call.end();
}

function onNodeError({ request, error }: NodeMessage): void {
  close(request)?.fail(error);
}

interface UndiciMessage {
  readonly request: UndiciRequest & WithCall;
  readonly response: UndiciResponse;
  readonly error: unknown;
}

/** The scope of a request that has just ended, while its connection calls back in the context `store`. */
let ending: { readonly store: RecordContext | undefined; readonly scope: LogScope } | undefined;

function forgetEnding(): void {
  ending = undefined;
}

/** undici follows a redirect by sending another request from the callback of the connection, in the context of that. */
function noteEnding({ scope }: HttpCall): void {
  const store = contextStorage.getStore();
  if (store === scope) return;
  if (ending === undefined) process.nextTick(forgetEnding);
  ending = { store, scope };
}

function onUndiciStart({ request }: UndiciMessage): void {
  let context = contextOf(request);
  if (ending !== undefined && ending.store === context) context = ending.scope;
  if (context !== undefined) open(request, context, () => destinationOf(request));
}

function onUndiciHeaders({ request, response }: UndiciMessage): void {
  request[CALL]?.answered(headOf(response));
}

function onUndiciEnd({ request }: UndiciMessage): void {
  const call = close(request);
  if (call === undefined) return;
  noteEnding(call);
  call.end();
}

function onUndiciError({ request, error }: UndiciMessage): void {
  const call = close(request);
  if (call === undefined) return;
  noteEnding(call);
  call.fail(error);
}

/** An Error of a subscriber would end the process. */
function listen(channel: string, listener: (message: never) => void): void {
  subscribe(channel, (message) => {
    try {
      listener(message as never);
    } catch (error) {
      reportThrown('the record of an outgoing HTTP request', error);
    }
  });
}

let isWatching = false;

/** Subscribes to the channels, once per process. Called when the first scope opens whose options want it. */
export function watchOutgoingHttp(): void {
  if (isWatching) return;
  isWatching = true;
  // Since Node 22.12. Earlier versions publish `start` only, which is later: when the request has been sent.
  listen('http.client.request.created', onNodeStart);
  listen('http.client.request.start', onNodeStart);
  listen('http.client.response.finish', onNodeAnswer);
  listen('http.client.request.error', onNodeError);
  listen('undici:request:create', onUndiciStart);
  listen('undici:request:headers', onUndiciHeaders);
  listen('undici:request:trailers', onUndiciEnd);
  listen('undici:request:error', onUndiciError);
}
