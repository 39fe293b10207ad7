/** Tells when a response is over, also one that waited behind others for its turn on a pipelined connection. */
import { readProperty } from '../internal/foreign';
import { processSlot } from '../internal/process-slot';

type Listener = () => void;

interface Connection {
  once(event: 'close', listener: Listener): unknown;
}

/** What is used of Node's IncomingMessage. */
export interface ConnectedRequest {
  readonly socket?: unknown;
}

/** What is used of Node's ServerResponse. */
export interface ClosingResponse {
  /** Null until the responses before it on its connection are out. */
  readonly socket?: unknown;
  prependOnceListener(event: 'close', listener: Listener): unknown;
  once(event: 'finish', listener: Listener): unknown;
}

/** One listener a connection: a client may send any number of requests without waiting for an answer. */
const waiting = processSlot('queued-responses', () => new WeakMap<object, Set<Listener>>());

/** False for what an adapter without a network puts in its place, such as those of serverless platforms. */
function isConnection(socket: unknown): socket is Connection {
  return typeof readProperty(socket, 'once') === 'function';
}

function onConnectionClose(connection: Connection, listener: Listener): () => void {
  let listeners = waiting.get(connection);
  if (listeners === undefined) {
    const mine = new Set<Listener>();
    listeners = mine;
    waiting.set(connection, mine);
    connection.once('close', () => {
      for (const each of mine) each();
    });
  }
  const all = listeners;
  all.add(listener);
  return () => void all.delete(listener);
}

/** Of a socket or a stream. */
export function isDestroyed(stream: unknown): boolean {
  return readProperty(stream, 'destroyed') === true;
}

/**
 * Calls `listener` once; soon, if the response is closed already. Node emits no `close` on a response that had no socket
 * yet when its connection went, and some adapters without a network none at all: then `finish` is the end.
 */
export function onceClosed(request: ConnectedRequest, response: ClosingResponse, listener: Listener): void {
  if (isDestroyed(response) || isDestroyed(request.socket)) {
    process.nextTick(listener);
    return;
  }
  const { socket } = request;
  if (response.socket !== null && isConnection(socket)) {
    response.prependOnceListener('close', listener);
    return;
  }
  let forget: Listener | undefined = undefined;
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    forget?.();
    listener();
  };
  response.prependOnceListener('close', over);
  if (isConnection(socket)) forget = onConnectionClose(socket, over);
  else response.once('finish', () => setImmediate(over));
}
