/** The parts of a request and its response that scopes use, and the path of a request. */
import type { ScopeRequest } from './options';

/** The subset of Node's IncomingMessage, or of a framework's subclass, that we need. */
export interface HttpRequest extends ScopeRequest {
  /** The path before a router removed its mount point (Express). */
  readonly originalUrl?: string;
  /** Where the router is mounted (Express). */
  readonly baseUrl?: string;
  /** The route that answers (Express). */
  readonly route?: unknown;
  readonly httpVersionMajor?: number;
  readonly socket?: unknown;
  /** The Error with which the stream was destroyed. */
  readonly errored?: unknown;
  /** The client disconnected before the body was read. */
  readonly aborted?: boolean;
  /** The connection was passed to a listener of `upgrade` or `connect`. */
  readonly upgrade?: boolean;
  emit?(event: string | symbol, ...args: readonly unknown[]): boolean;
}

/** The subset of Node's ServerResponse that we need. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  /** Null until the earlier responses of the same connection are sent. */
  readonly socket?: unknown;
  readonly errored?: unknown;
  /** For HTTP/2, where the response itself does not have its Error. */
  readonly stream?: { readonly errored?: unknown };
  setHeader(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  prependOnceListener(event: 'close', listener: () => void): unknown;
  once(event: 'finish' | 'unpipe', listener: (source: unknown) => void): unknown;
  end(...args: never[]): unknown;
}

/** Whether a socket or stream is destroyed; false for any other value. */
export function isDestroyed(stream: unknown): boolean {
  return (stream as { readonly destroyed?: unknown } | null | undefined)?.destroyed === true;
}

const SLASH = 47;

/** Scheme and authority before the path: of an absolute-form, and of the authority-form of CONNECT. */
const BEFORE_PATH = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^/?#]*/i;
/** A router reads `//user:password@host` as a path, but resolved as a URL it contains a user and password. */
const USER_BEFORE_PATH = /^[/\\]{2,}[^/\\?#]*@[^/\\?#]*/;

/**
 * The path of a request target, without server, user, query and fragment, which may contain secrets. Accepts every form of a
 * target (RFC 9112, section 3.2). `OPTIONS *` has no path; it gives `*`.
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

/** The full target of a request, with the mount points that routers have removed. */
export function targetOf({ originalUrl, url }: HttpRequest): string {
  return originalUrl ?? url ?? '';
}

/** Whether finalhandler has answered. Express uses it for Errors that no error handler of the application has answered. */
export function isOfFinalHandler(response: HttpResponse): boolean {
  return (
    response.getHeader('content-security-policy') === "default-src 'none'" &&
    response.getHeader('x-content-type-options') === 'nosniff' &&
    response.getHeader('content-type') === 'text/html; charset=utf-8'
  );
}
