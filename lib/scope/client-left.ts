/** Recognises the Errors that a client disconnect causes. */
import { asText, isError, readProperty } from '../internal/foreign';
import { isDestroyed, type HttpRequest, type HttpResponse } from './exchange';

const EVENT_STREAM = /^\s*text\/event-stream\b/i;

/** Messages of body-parser, multer and Express's `res.sendFile` for a client disconnect, and of undici for an aborted call. */
const ABORT_MESSAGE = /^request (?:aborted|closed)$/i;

/** Codes of Node for pipelines and iterators over a closed response, and for the stream of a disconnected HTTP/2 client. */
const CLIENT_GONE_CODES: ReadonlySet<unknown> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_INVALID_STREAM',
]);

function codeOf(error: Error): unknown {
  return readProperty(error, 'code');
}

/** Whether the client of an open request has disconnected. Express notices it on the socket, before the response is closed. */
function isLeft(request: HttpRequest | undefined): boolean {
  return request !== undefined && (request.aborted === true || isDestroyed(request.socket));
}

/** Since Node 24, a response that waits for earlier responses of its connection is destroyed with the connection. */
function isLostWith(connection: unknown, response: HttpResponse): boolean {
  return response.socket === null && isDestroyed(connection);
}

/** Whether the connection was upgraded, or is a tunnel. Then the response ends only when the client disconnects. */
function isUpgraded({ upgrade, method }: HttpRequest, { statusCode }: HttpResponse): boolean {
  return upgrade === true || method === 'CONNECT' || statusCode === 101;
}

/** Headers that were passed only to `writeHead` cannot be read; then `accept` of the request is used. */
function isEventStream({ headers }: HttpRequest, response: HttpResponse): boolean {
  if (!response.headersSent) return false;
  const types: readonly unknown[] = [response.getHeader('content-type') ?? headers?.['accept']].flat();
  return typeof types[0] === 'string' && EVENT_STREAM.test(types[0]);
}

/** The Error with which the server itself destroyed a response; undefined after a client disconnect. */
export function brokenBy(response: HttpResponse, request: HttpRequest): unknown {
  const error = response.errored ?? response.stream?.errored ?? undefined;
  const code = isError(error) ? codeOf(error) : undefined;
  if (code === 'ERR_HTTP2_STREAM_ERROR') return undefined;
  return code === 'ECONNRESET' && isLostWith(request.socket, response) ? undefined : error;
}

/**
 * The state of the client of one request. A client disconnect breaks the streams of the request, and code that reads or writes
 * them gets an Error. Such an Error is not a failure. The same Errors are failures while the client is connected.
 */
export class ClientLeft {
  /** The work has got such an Error, so it knows of the disconnect, and we need not wait for it. */
  reported = false;
  #request: HttpRequest | undefined;
  #response: HttpResponse | undefined;
  #requestError: unknown = undefined;
  #responseError: unknown = undefined;
  #isCut = false;
  #isLeft = false;

  constructor(request: HttpRequest, response: HttpResponse) {
    this.#request = request;
    this.#response = response;
  }

  /**
   * The status of a response that normally ends by a client disconnect: an event stream or an upgraded connection. It is
   * neither aborted nor slow. Undefined for any other response, and when the response is closed.
   */
  get endlessStatus(): number | undefined {
    const [request, response] = [this.#request, this.#response];
    if (request === undefined || response === undefined) return undefined;
    if (isUpgraded(request, response)) return response.headersSent ? response.statusCode : 101;
    return isEventStream(request, response) ? response.statusCode : undefined;
  }

  /** Called when the response is closed, complete or cut. Drops the references to both, because the scope lives longer. */
  closed(isCut: boolean, { errored }: HttpResponse): void {
    this.#isCut = isCut;
    this.#responseError = errored ?? undefined;
    this.#isLeft = isCut || this.#request?.aborted === true;
    this.#requestError = this.#request?.errored ?? undefined;
    this.#request = undefined;
    this.#response = undefined;
  }

  /** Whether the client disconnect explains an Error. */
  explains(error: unknown): boolean {
    if (!isError(error)) return false;
    if (error === (this.#request?.errored ?? this.#requestError) || error === this.#responseError)
      return true;
    return (
      ((this.#isLeft || isLeft(this.#request)) &&
        ABORT_MESSAGE.test(asText(readProperty(error, 'message')))) ||
      (this.#isCut && CLIENT_GONE_CODES.has(codeOf(error)))
    );
  }
}
