/** One request within a time limit, and what the server's answer means for the records that were sent. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { errorCode } from '../../internal/error-code';

/** Longest wait, in ms: a server that names a date in another century must not stop the delivery. */
const LONGEST_MS = 3_600_000;

/**
 * The wait in ms that a Retry-After header asks for (RFC 9110, 10.2.3), in seconds or as a date; undefined if it is neither.
 *
 * @param now - ms since the epoch
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  // Date.parse alone would read '1.5' as a day in January.
  if (!/^[A-Za-z]{3,}, ?\d/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), LONGEST_MS);
}

/** The part of an answer that decides what happens to the records, and the beginning of its body for the report. */
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
 * - `again`: it may take them later.
 * - `refused`: it never takes them; with `divide`, it may take fewer or smaller ones.
 */
export type Verdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | undefined }
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly divide: 'too large' | 'one is bad' | undefined;
    };

/** Statuses that say nothing about the records: timeout, too early, too many requests. Every 5xx counts as one. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const TOO_LARGE = 413;
/** Statuses of a malformed body, of which perhaps only one record is malformed. */
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
  /** Begins the request; called again if the server has closed the kept connection. */
  readonly open: () => ClientRequest;
  readonly body: Uint8Array | undefined;
  /** For the whole exchange, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Most bytes that are read of an answer; after them the connection is ended. */
const MOST_READ = 64 * 1024;
/** Most characters of an answer in the report. */
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

/** Reads the answer to its end, so that the connection can be used again. Never rejects. */
async function drained(response: IncomingMessage): Promise<HttpReply> {
  let [text, bytes] = ['', 0];
  const decoder = new TextDecoder();
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      if (text.length < MOST_SHOWN) text += decoder.decode(chunk.subarray(0, 1024), { stream: true });
      bytes += chunk.length;
      if (bytes > MOST_READ) response.destroy();
    });
    // The status is known: an answer that breaks off or is too long changes nothing.
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
      // The rest of the body cannot be written, or the answer breaks off: Node 24 reports this here first.
      if (answered) return;
      if (isStale(request, error)) resolve('stale');
      else reject(error);
    });
    request.end(body);
  });
}

/**
 * Resolves with the answer, whatever its status.
 *
 * @throws the error of the connection, or of the time limit.
 */
export async function exchange(options: ExchangeOptions): Promise<HttpReply> {
  for (;;) {
    const reply = await once(options);
    // Ends after the last kept connection: a new one is not stale.
    if (reply !== 'stale') return reply;
  }
}
