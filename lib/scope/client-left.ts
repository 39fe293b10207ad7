/** Tells the Errors that a client causes by leaving from the Errors of the work. */
import { asText, isError, readProperty } from '../internal/foreign';
import { isDestroyed, type HttpRequest, type HttpResponse } from './exchange';

const EVENT_STREAM = /^\s*text\/event-stream\b/i;

/** How body-parser, multer and `res.sendFile` of Express say that the client broke off, and undici that a caller did. */
const BROKE_OFF = /^request (?:aborted|closed)$/i;

/** Node's own: of pipelines and iterators over a response that was closed, and of the stream of an HTTP/2 client that left. */
const CLIENT_GONE_CODES: ReadonlySet<unknown> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_INVALID_STREAM',
]);

function codeOf(error: Error): unknown {
  return readProperty(error, 'code');
}

/** Whether the client has left an open request. Express hears of it from the socket, before the response is closed. */
function isLeft(request: HttpRequest | undefined): boolean {
  return request !== undefined && (request.aborted === true || isDestroyed(request.socket));
}

/** Since Node 24, a response that waits for its turn on a connection is destroyed with it. */
function isLostWith(connection: unknown, response: HttpResponse): boolean {
  return response.socket === null && isDestroyed(connection);
}

/** Whether what the client asked for has no end of its own: the connection was upgraded, or is a tunnel. */
function isUpgraded({ upgrade, method }: HttpRequest, { statusCode }: HttpResponse): boolean {
  return upgrade === true || method === 'CONNECT' || statusCode === 101;
}

/** Headers that were handed to `writeHead` alone are not to be had; a browser says what it asks for. */
function isEventStream({ headers }: HttpRequest, response: HttpResponse): boolean {
  if (!response.headersSent) return false;
  const types: readonly unknown[] = [response.getHeader('content-type') ?? headers?.['accept']].flat();
  return typeof types[0] === 'string' && EVENT_STREAM.test(types[0]);
}

/** The Error with which the server itself destroyed a response; undefined where the client left. */
export function brokenBy(response: HttpResponse, request: HttpRequest): unknown {
  const error = response.errored ?? response.stream?.errored ?? undefined;
  const code = isError(error) ? codeOf(error) : undefined;
  if (code === 'ERR_HTTP2_STREAM_ERROR') return undefined;
  return code === 'ECONNRESET' && isLostWith(request.socket, response) ? undefined : error;
}

/**
 * Of one request. A client that leaves breaks the streams of its request, and whoever reads or writes them gets an Error: the
 * work has not failed, and nothing is to be written. The same Errors are failures as long as the client is there.
 */
export class ClientLeft {
  /** The work has met such an Error, so it knows, and nothing more need be waited for. */
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
   * The status of an answer that ends when the client leaves, as an event stream does, and an upgraded connection: its
   * client has not aborted it, and it is not slow. Undefined for any other, and when the response is closed.
   */
  get endlessStatus(): number | undefined {
    const [request, response] = [this.#request, this.#response];
    if (request === undefined || response === undefined) return undefined;
    if (isUpgraded(request, response)) return response.headersSent ? response.statusCode : 101;
    return isEventStream(request, response) ? response.statusCode : undefined;
  }

  /** The response is closed, whole or cut. The scope lives on for a while, and the request must not. */
  closed(isCut: boolean, { errored }: HttpResponse): void {
    this.#isCut = isCut;
    this.#responseError = errored ?? undefined;
    this.#isLeft = isCut || this.#request?.aborted === true;
    this.#requestError = this.#request?.errored ?? undefined;
    this.#request = undefined;
    this.#response = undefined;
  }

  /** Whether an Error tells of nothing but that the response was cut. */
  explains(error: unknown): boolean {
    if (!isError(error)) return false;
    if (error === (this.#request?.errored ?? this.#requestError) || error === this.#responseError)
      return true;
    return (
      ((this.#isLeft || isLeft(this.#request)) && BROKE_OFF.test(asText(readProperty(error, 'message')))) ||
      (this.#isCut && CLIENT_GONE_CODES.has(codeOf(error)))
    );
  }
}
