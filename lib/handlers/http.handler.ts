/** Sends records to a web server over HTTP. */
import { describeHandler } from '../core/class-descriptions';
import type { LogRecord } from '../core/log-record';
import { JsonFormatter } from '../formatters/json.formatter';
import { lazy } from '../internal/lazy';
import { readOptions, type SpecOf } from '../internal/options';
import type { Transport } from '../outbox/transport';
import type { BodyName, HTTPBody, HttpTransport, HttpTransportOptions } from './http/http-transport';
import {
  HTTP_ARGUMENTS,
  HTTP_REQUEST_SPEC,
  httpSettings,
  type HTTPContext,
  type HTTPRequestOptions,
} from './http/http-settings';
import type { HTTPCredentials } from './http/http-target';
import { OutboxHandler, OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from './outbox.handler';

const loadParts = lazy(() => require('./http') as typeof import('./http'));

export interface HTTPHandlerOptions extends OutboxHandlerOptions, HTTPRequestOptions {}

const HTTP_SPEC = { ...OUTBOX_HANDLER_SPEC, ...HTTP_REQUEST_SPEC } satisfies SpecOf<HTTPHandlerOptions>;

interface HTTPGiven extends HTTPHandlerOptions {
  readonly host: string;
  readonly url: string;
}

/**
 * Ports logging.handlers.HTTPHandler (CPython 3.14). With Python's arguments only, each record is a GET or a POST with
 * Python's bytes.
 *
 * Differs:
 * - A log call does not wait. Records are kept in a bounded queue and sent in order, one request at a time, over a
 *   keep-alive connection and within `timeout`. Python opens a connection for each record and has no time limit.
 * - The status is checked. 2xx is success. 408, 425, 429, 5xx and connection errors are tried again, after `Retry-After` if
 *   the server sends it. With any other status, the records are dropped and this is reported. Redirects are not followed.
 *   Python accepts every status, and loses the record if the connection fails.
 * - Credentials over plain HTTP, in `credentials` or `headers`, are refused without `insecure: true`.
 * - A host, url or credentials that cannot be sent are refused at construction. Python fails at each record.
 * - `exc_text` contains the stack of the record's error even if no formatter has run. Python then sends no traceback.
 * - A lone surrogate is sent as U+FFFD. Python loses the record.
 * - `host`, `url`, `method`, `secure`, `credentials` and `context` may be changed, as in Python. The new values apply to all
 *   records that are not sent yet. They are checked as in the constructor.
 * - `body`, `gzip`, `headers`, `agent` (instead of Python's method getConnection) and batches are additions.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is invalid.
 * @example
 * logger.addHandler(new HTTPHandler('logs.example.com', '/ingest', { secure: true, body: 'ndjson', gzip: true }));
 */
export class HTTPHandler extends OutboxHandler<Buffer> {
  readonly body: BodyName | HTTPBody;
  #given: HTTPGiven;
  #options: HttpTransportOptions;
  #transport: HttpTransport | undefined;
  readonly #json = new JsonFormatter();

  constructor(host: string, url: string, options: HTTPHandlerOptions = {}) {
    const owner = new.target.name;
    const read = readOptions(HTTP_SPEC, options, new.target);
    const { body, transport } = httpSettings(owner, { ...read, host, url });
    super(options);
    this.body = body;
    this.#given = { ...options, host, url };
    this.#options = transport;
  }

  get host(): string {
    return this.#given.host;
  }
  set host(host: string) {
    this.#change({ host });
  }

  get url(): string {
    return this.#given.url;
  }
  set url(url: string) {
    this.#change({ url });
  }

  get method(): 'GET' | 'POST' {
    return this.#options.method;
  }
  set method(method: string) {
    this.#change({ method });
  }

  get secure(): boolean {
    return this.#options.target.secure;
  }
  set secure(secure: boolean) {
    this.#change({ secure });
  }

  get credentials(): HTTPCredentials | null {
    return this.#given.credentials ?? null;
  }
  set credentials(credentials: HTTPCredentials | null) {
    this.#change({ credentials });
  }

  get context(): HTTPContext | null {
    return this.#given.context ?? null;
  }
  set context(context: HTTPContext | null) {
    this.#change({ context });
  }

  /** Returns the names and values of the form, in order. Override it to send other fields. */
  mapLogRecord(record: LogRecord): Readonly<Record<string, unknown>> {
    return loadParts().recordDict(record);
  }

  override describe(): string {
    return this.name === undefined ? `${this.constructor.name} ${this.#address()}` : super.describe();
  }

  protected override payloadOf(record: LogRecord): Buffer {
    if (this.body === 'form')
      return Buffer.from(loadParts().urlEncoded(Object.entries(this.mapLogRecord(record))));
    if (typeof this.body !== 'string') return Buffer.from(this.body.encode(record));
    const text = (this.formatter ?? this.#json).format(record);
    // A line break in JSON is only whitespace between tokens, but in NDJSON it would end the record.
    return Buffer.from(this.body === 'ndjson' ? text.replace(/[\r\n]+/g, ' ') : text);
  }

  protected override sizeOf(payload: Buffer): number {
    return payload.length;
  }

  protected override createTransport(): Transport<Buffer> {
    this.#transport = new (loadParts().HttpTransport)(this.#options);
    return this.#transport;
  }

  /** Applies to all records that are not sent yet. @throws ConfigurationError as the constructor. Then nothing changes. */
  #change(change: Partial<HTTPGiven>): void {
    const given = { ...this.#given, ...change };
    const owner = this.constructor.name;
    const { host, url, ...options } = given;
    const read = readOptions(HTTP_SPEC, options, owner);
    this.#options = httpSettings(owner, { ...read, host, url }).transport;
    this.#given = given;
    this.#transport?.use(this.#options);
  }

  /** Without the query, which may contain a key. */
  #address(): string {
    const path = this.url.split(/[?#]/, 1)[0] ?? '';
    return `${this.secure ? 'https' : 'http'}://${this.host}${path.startsWith('/') ? '' : '/'}${path}`;
  }
}

describeHandler(HTTPHandler, HTTP_SPEC, { arguments: HTTP_ARGUMENTS, together: httpSettings });
