/** Tells the Errors that a leaving client causes from those of the work. */
import { asText, isError, readProperty } from '../internal/foreign';
import { isDestroyed, type ConnectedRequest } from './response-close';

/** What is used of the two streams of a request. */
interface MayBreak {
  /** The Error with which the stream was destroyed. */
  readonly errored?: unknown;
  /** Of HTTP/2, where the response itself does not know. */
  readonly stream?: { readonly errored?: unknown };
}

interface MayBeLeft extends MayBreak, ConnectedRequest {
  /** The client left before the body was read. */
  readonly aborted?: boolean;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** Its connection was handed to a listener of `upgrade` or `connect`. */
  readonly upgrade?: boolean;
}

/** The subset of ServerResponse that we need while the response is open. */
interface OpenResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  getHeader(name: string): unknown;
}

const EVENT_STREAM = /^\s*text\/event-stream\b/i;

/** How body-parser, multer and `res.sendFile` of Express say that the client broke off, and undici that a caller did. */
const BROKE_OFF = /^request (?:aborted|closed)$/i;

/** Node's own: of pipelines and iterators over a response that was closed, and of the stream of an HTTP/2 client that left. */
const CUT_OFF: ReadonlySet<unknown> = new Set([
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_INVALID_STREAM',
]);

function codeOf(error: Error): unknown {
  return readProperty(error, 'code');
}

/** Whether the client has left an open request. Express hears of it from the socket, before the response is closed. */
function isLeft(request: MayBeLeft | undefined): boolean {
  return request !== undefined && (request.aborted === true || isDestroyed(request.socket));
}

/** Since Node 24, a response that waits for its turn on a connection is destroyed with it. */
function isLostWith(connection: unknown, response: MayBreak & ConnectedRequest): boolean {
  return response.socket === null && isDestroyed(connection);
}

/** Whether what the client asked for has no end of its own: the connection was upgraded, or is a tunnel. */
function isUpgraded({ upgrade, method }: MayBeLeft, { statusCode }: OpenResponse): boolean {
  return upgrade === true || method === 'CONNECT' || statusCode === 101;
}

/** Headers that were handed to `writeHead` alone are not to be had; a browser says what it asks for. */
function isEventStream({ headers }: MayBeLeft, response: OpenResponse): boolean {
  if (!response.headersSent) return false;
  const types: readonly unknown[] = [response.getHeader('content-type') ?? headers?.['accept']].flat();
  return typeof types[0] === 'string' && EVENT_STREAM.test(types[0]);
}

/** The Error with which the server itself destroyed a response; undefined where the client left. */
export function brokenBy(response: MayBreak & ConnectedRequest, request: ConnectedRequest): unknown {
  const error = response.errored ?? response.stream?.errored ?? undefined;
  const code = isError(error) ? codeOf(error) : undefined;
  if (code === 'ERR_HTTP2_STREAM_ERROR') return undefined;
  return code === 'ECONNRESET' && isLostWith(request.socket, response) ? undefined : error;
}

/**
 * One request's. A client that leaves breaks the streams of its request, and whoever reads or writes them gets an Error for
 * it: the work has not failed, and nothing is to be written. The same codes are failures as long as the client is there.
 */
export class Departure {
  /** Somebody was told: the work has noticed, and nothing more need be waited for. */
  reported = false;
  #request: MayBeLeft | undefined;
  #response: OpenResponse | undefined;
  #requestError: unknown = undefined;
  #responseError: unknown = undefined;
  #isCut = false;
  #isLeft = false;

  constructor(request: MayBeLeft, response?: OpenResponse) {
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
  closed(isCut: boolean, { errored }: MayBreak): void {
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
      (this.#isCut && CUT_OFF.has(codeOf(error)))
    );
  }
}
