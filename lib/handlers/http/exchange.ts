/** One request and its answer, within a time limit. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { errorCode } from '../../internal/error-code';
import type { HttpReply } from './verdict';

export interface ExchangeOptions {
  /** Begins the request; called again when a kept connection turns out to be closed. */
  readonly open: () => ClientRequest;
  readonly body: Uint8Array | undefined;
  /** For the whole exchange, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What is read of an answer, in bytes; a server that goes on loses the connection. */
const MOST_READ = 64 * 1024;
/** What is kept of it for the report, in characters. */
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

/** Reads the answer to its end, so that the connection can be used again, and resolves whatever becomes of it. */
async function drained(response: IncomingMessage): Promise<HttpReply> {
  let [text, bytes] = ['', 0];
  const decoder = new TextDecoder();
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      if (text.length < MOST_SHOWN) text += decoder.decode(chunk.subarray(0, 1024), { stream: true });
      bytes += chunk.length;
      if (bytes > MOST_READ) response.destroy();
    });
    // The status has been read, and it decides: an answer that breaks off, or is too long, changes nothing.
    response.on('error', () => undefined);
    response.on('close', () => resolve(replyOf(response, text)));
  });
}

/** Whether the server may have closed a kept connection before it saw the request: the usual end of an idle one. */
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
      // The rest of the body cannot be written, or the answer breaks off: Node 24 tells of that here, and first.
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
    // At most as many turns as there are kept connections: a new one is not stale.
    if (reply !== 'stale') return reply;
  }
}
