/** A request and its response, as far as scopes look at them, and the path of a request. */
import type { ScopeRequest } from './options';

/** The subset of Node's IncomingMessage, or of a framework's request that is one, that we need. */
export interface HttpRequest extends ScopeRequest {
  /** The path before a router cut its mount point off (Express). */
  readonly originalUrl?: string;
  /** Where the router is mounted (Express). */
  readonly baseUrl?: string;
  /** The route that answers (Express). */
  readonly route?: unknown;
  readonly httpVersionMajor?: number;
  readonly socket?: unknown;
  /** The Error with which the stream was destroyed. */
  readonly errored?: unknown;
  /** The client left before the body was read. */
  readonly aborted?: boolean;
  /** Its connection was handed to a listener of `upgrade` or `connect`. */
  readonly upgrade?: boolean;
  emit?(event: string | symbol, ...args: readonly unknown[]): boolean;
}

/** The subset of Node's ServerResponse that we need. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  /** Null until the responses before it on its connection are out. */
  readonly socket?: unknown;
  readonly errored?: unknown;
  /** Of HTTP/2, where the response itself does not know its Error. */
  readonly stream?: { readonly errored?: unknown };
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  prependOnceListener(event: 'close', listener: () => void): unknown;
  once(event: 'finish' | 'unpipe', listener: (source: unknown) => void): unknown;
  end(...args: never[]): unknown;
}

/** Of a socket or a stream; nothing else has such a property. */
export function isDestroyed(stream: unknown): boolean {
  return (stream as { readonly destroyed?: unknown } | null | undefined)?.destroyed === true;
}

const SLASH = 47;

/** The scheme, and what stands between it and the path: absolute-form, and the authority-form of CONNECT. */
const BEFORE_PATH = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/?#]*/i;
/** To a router this is the begin of a path; but `//user:password@host` names a user to whoever resolves it as a URL. */
const USER_BEFORE_PATH = /^[/\\]{2,}[^/\\?#]*@[^/\\?#]*/;

/**
 * The path of a request target, without server, user, query and fragment, which may hold what must not be logged. Takes every
 * form of a target (RFC 9112, section 3.2). `OPTIONS *` has no path and names nothing: it is `*`.
 */
export function pathOf(target: string): string {
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

/** The target of a request, whatever a router has cut off. */
export function targetOf({ originalUrl, url }: HttpRequest): string {
  return originalUrl ?? url ?? '';
}

/** Whether the answer is one of finalhandler, with which Express answers an Error that no handler of the application took. */
export function isOfFinalHandler(response: HttpResponse): boolean {
  return (
    response.getHeader('content-security-policy') === "default-src 'none'" &&
    response.getHeader('x-content-type-options') === 'nosniff' &&
    response.getHeader('content-type') === 'text/html; charset=utf-8'
  );
}
