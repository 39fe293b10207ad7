/** Sends one request with a time limit, and decides from the response what happens to the records. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { errorCode } from '../../internal/error-code';

/** Maximum wait, in ms: a Retry-After date far in the future must not stop the delivery. */
const LONGEST_MS = 3_600_000;

/**
 * The wait in ms that a Retry-After header asks for (RFC 9110, 10.2.3), in seconds or as a date; undefined if it is neither.
 *
 * @param now - ms since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // Date.parse alone would parse '1.5' as a day in January.
  if (!/^[A-Za-z]{3,}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), LONGEST_MS);
}

/** The part of a response that decides what happens to the records, and the start of its body for the report. */
export interface HttpReply {
  readonly status: number;
  readonly statusText: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
  /** First characters of the body, on one line. */
  readonly text: string;
}

/**
 * - `taken`: the server has the records.
 * - `again`: it may accept them later.
 * - `refused`: it never accepts them; with `divide`, it may accept fewer or smaller ones.
 */
export type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | undefined }
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly divide: 'too large' | 'one is bad' | undefined;
    };

/** Temporary errors: request timeout, too early, too many requests. Every 5xx is temporary too. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const TOO_LARGE = 413;
/** Statuses for a malformed body; perhaps only one of its records is malformed. */
const ABOUT_THE_BODY: ReadonlySet<number> = new Set([400, 422]);

function sentence(reply: HttpReply): string {
  const target = reply.location === undefined ? '' : ` to ${reply.location} (redirects are not followed)`;
  const text = reply.text === '' ? '' : `: ${reply.text}`;
  return `the server answered ${reply.status} ${reply.statusText}`.trimEnd() + target + text;
}

function divisionOf(status: number): 'too large' | 'one is bad' | undefined {
  if (status === TOO_LARGE) return 'too large';
  return ABOUT_THE_BODY.has(status) ? 'one is bad' : undefined;
}

/** @param now - ms since the epoch, for a Retry-After that is a date */
export function verdictOn(reply: HttpReply, now: number): Verdict {
  const { status } = reply;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  if (status >= 500 || PASSING.has(status)) {
    return { kind: 'again', why: sentence(reply), afterMs: retryAfterMs(reply.retryAfter, now) };
  }
  return { kind: 'refused', why: sentence(reply), divide: divisionOf(status) };
}

export interface ExchangeOptions {
  /** Starts the request; called again if the server has closed the keep-alive connection. */
  readonly open: () => ClientRequest;
  readonly body: Uint8Array | undefined;
  /** Time limit for the request and its response, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Maximum bytes that are read from a response; then the connection is closed. */
const MOST_READ = 64 * 1024;
/** Maximum characters of a response in the report. */
const MOST_SHOWN = 200;

function replyOf(response: IncomingMessage, body: string): HttpReply {
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    retryAfter: response.headers['retry-after'],
    location: response.headers.location,
    text: body
      .slice(0, MOST_SHOWN)
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim(),
  };
}

/** Reads the whole response, so that the connection can be reused. Never rejects. */
async function drained(response: IncomingMessage): Promise<HttpReply> {
  let [text, bytes] = ['', 0];
  const decoder = new TextDecoder();
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      if (text.length < MOST_SHOWN) text += decoder.decode(chunk.subarray(0, 1024), { stream: true });
      bytes += chunk.length;
      if (bytes > MOST_READ) response.destroy();
    });
    // The status is already known, so an incomplete or too long body does not matter.
    response.on('error', () => undefined);
    response.on('close', () => resolve(replyOf(response, text)));
  });
}

/** Whether the server may have closed the idle connection before it got the request. */
function isStale(request: ClientRequest, error: unknown): boolean {
  return request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? '');
}

async function once({ open, body, timeoutMs, signal }: ExchangeOptions): Promise<HttpReply | 'stale'> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = open();
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const abort = (): void => void request.destroy(new Error('given up'));
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
    let answered = false;
    request.on('response', (response) => {
      answered = true;
      void drained(response).then(resolve);
    });
    request.on('error', (error) => {
      // The rest of the body cannot be written, or the response is incomplete: Node 24 reports this here first.
      if (answered) return;
      if (isStale(request, error)) resolve('stale');
      else reject(error);
    });
    request.end(body);
  });
}

/**
 * Resolves with the response, for any status.
 *
 * @throws the connection error, or the error of the time limit.
 */
export async function exchange(options: ExchangeOptions): Promise<HttpReply> {
  for (;;) {
    const reply = await once(options);
    // The loop ends, because a new connection is never stale.
    if (reply !== 'stale') return reply;
  }
}
