/** Sends batches of records as requests, one after another, over one keep-alive connection. */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { contextStorage } from '../../core/record-context';
import type { LogRecord } from '../../core/log-record';
import { SendFailure, type Transport } from '../../outbox/transport';
import { exchange, verdictOn, type Verdict } from './exchange';
import { withQuery, type HttpTarget } from './http-target';

/** A custom body, for the option `body` of `HTTPHandler`. */
export interface HTTPBody {
  /** The header Content-type, such as `application/vnd.fdo.journal`. */
  readonly contentType: string;
  /** Encodes one record; called within the log call. Strings are sent as UTF-8. Errors go to `handleError`. */
  encode(record: LogRecord): string | Uint8Array;
  /** Written before the first record of a body. @defaultValue '' */
  readonly before?: string;
  /** Written between two records. @defaultValue '' */
  readonly between?: string;
  /** Written after the last record. @defaultValue '' */
  readonly after?: string;
}

/** The parts of a body around its records. */
export type BodyFrame = Pick<HTTPBody, 'contentType' | 'before' | 'between' | 'after'>;

/** The built-in bodies. `form` contains one record, as in Python. */
export const BODY_FRAMES = {
  form: { contentType: 'application/x-www-form-urlencoded' },
  json: { contentType: 'application/json', before: '[', between: ',', after: ']' },
  ndjson: { contentType: 'application/x-ndjson', between: '\n', after: '\n' },
} as const satisfies Readonly<Record<string, BodyFrame>>;

export type BodyName = keyof typeof BODY_FRAMES;

/** Joins the records of one request to a body. */
export function joinBody(parts: readonly Uint8Array[], frame: BodyFrame): Buffer {
  const between = Buffer.from(frame.between ?? '');
  const pieces: Uint8Array[] = [Buffer.from(frame.before ?? '')];
  for (const [at, part] of parts.entries()) {
    if (at > 0) pieces.push(between);
    pieces.push(part);
  }
  return Buffer.concat([...pieces, Buffer.from(frame.after ?? '')]);
}

const compress = promisify(gzip);

export interface HttpTransportOptions {
  readonly target: HttpTarget;
  readonly method: 'GET' | 'POST';
  readonly frame: BodyFrame;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  readonly gzip: boolean;
  /** Maximum records per request. */
  readonly batchSize: number;
  /** Maximum bytes per request, before compression; a larger record is sent alone. */
  readonly batchBytes: number;
  readonly timeoutMs: number;
  readonly context: ConnectionOptions | undefined;
  /** The user's agent, which is not closed here. */
  readonly agent: HttpAgent | undefined;
}

/** Sends one request at a time, in order; the next batch waits for the response. */
export class HttpTransport implements Transport<Buffer> {
  readonly batchSize: number;
  #options: HttpTransportOptions;
  #ownAgent: HttpAgent | undefined;
  /** Whether the agent may have an open connection with old options. */
  #isAgentOld = false;
  /** Smaller than the option after the server has rejected a body as too large. */
  #batchBytes: number;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.batchSize = options.batchSize;
    this.#batchBytes = options.batchBytes;
  }

  get batchBytes(): number {
    return this.#batchBytes;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    let [delivered, most] = [0, payloads.length];
    while (delivered < payloads.length) {
      const batch = payloads.slice(delivered, delivered + most);
      const verdict = await this.#send(batch, { delivered, signal });
      if (verdict.kind === 'taken') {
        delivered += batch.length;
      } else if (verdict.kind === 'refused' && verdict.divide !== undefined && batch.length > 1) {
        most = Math.ceil(batch.length / 2);
        if (verdict.divide === 'too large') this.#learnLimit(batch);
      } else {
        throw failureOf(verdict, { delivered, count: batch.length });
      }
    }
  }

  /** Sets the options for the next request; the batch size does not change. */
  use(options: HttpTransportOptions): void {
    this.#options = options;
    this.#isAgentOld = true;
  }

  close(): void {
    this.#ownAgent?.destroy();
    this.#ownAgent = undefined;
  }

  async #send(
    batch: readonly Buffer[],
    { delivered, signal }: { readonly delivered: number; readonly signal: AbortSignal },
  ): Promise<Verdict> {
    try {
      const data = joinBody(batch, this.#options.frame);
      const body = this.#options.gzip ? await compress(data) : data;
      const isGet = this.#options.method === 'GET';
      const reply = await exchange({
        open: () => this.#open(body),
        body: isGet ? undefined : body,
        timeoutMs: this.#options.timeoutMs,
        signal,
      });
      return verdictOn(reply, Date.now());
    } catch (error) {
      throw new SendFailure('the request failed', { delivered, cause: error });
    }
  }

  #open(body: Buffer): ClientRequest {
    const { target, method, headers, gzip, frame } = this.#options;
    const isGet = method === 'GET';
    const content = ['Content-type', frame.contentType, 'Content-length', String(body.length)];
    const options = {
      host: target.hostname,
      port: target.port,
      method,
      path: isGet ? withQuery(target.url, body.toString('latin1')) : target.url,
      agent: this.#agent(),
      // In Python's order and spelling: Node sends a list of headers unchanged.
      headers: [
        'Host',
        target.hostHeader,
        'Accept-Encoding',
        'identity',
        ...(isGet ? [] : content),
        ...(gzip ? ['Content-Encoding', 'gzip'] : []),
        ...headers,
      ],
    };
    // Outside of scopes: the request that sends a record is not part of the work that logged it.
    return contextStorage.run(undefined, () =>
      target.secure ? httpsRequest(options) : httpRequest(options),
    );
  }

  #agent(): HttpAgent {
    // No request is in progress here.
    if (this.#isAgentOld) this.close();
    this.#isAgentOld = false;
    return this.#options.agent ?? (this.#ownAgent ??= this.#newAgent());
  }

  #newAgent(): HttpAgent {
    const { target, context } = this.#options;
    const settings = { keepAlive: true, maxSockets: 1 };
    if (!target.secure) return new HttpAgent(settings);
    // Parse once: node:https would parse keys and certificates for each connection.
    return new HttpsAgent({ ...settings, ...context, secureContext: createSecureContext(context) });
  }

  #learnLimit(batch: readonly Buffer[]): void {
    const bytes = batch.reduce((sum, part) => sum + part.length, 0);
    this.#batchBytes = Math.max(1, Math.min(this.#batchBytes, Math.floor(bytes / 2)));
  }
}

function failureOf(
  verdict: Exclude<Verdict, { kind: 'taken' }>,
  { delivered, count }: { readonly delivered: number; readonly count: number },
): SendFailure {
  if (verdict.kind === 'refused')
    return new SendFailure(verdict.why, { delivered, drop: true, dropCount: count });
  const retryAfter = verdict.afterMs === undefined ? {} : { retryAfterMs: verdict.afterMs };
  return new SendFailure(verdict.why, { delivered, ...retryAfter });
}
