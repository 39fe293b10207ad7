/** Checks the options of HTTPHandler. */
import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { lazy } from '../../internal/lazy';
import {
  accepting,
  boolean,
  integer,
  object,
  otherwise,
  positive,
  rule,
  type Settings,
  type SpecOf,
} from '../../internal/options';
import type { HTTPCredentials } from './http-target';
import type { BodyName, HTTPBody, HttpTransportOptions } from './http-transport';

const loadHttp = lazy(() => require('node:http') as typeof import('node:http'));
const loadTls = lazy(() => require('node:tls') as typeof import('node:tls'));
const loadParts = lazy(() => require('./index') as typeof import('./index'));

/** TLS options of `tls.connect`: custom CAs, a client certificate, another server name. */
export type HTTPContext = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'pfx'
  | 'passphrase'
  | 'servername'
  | 'rejectUnauthorized'
  | 'checkServerIdentity'
  | 'ciphers'
  | 'minVersion'
  | 'maxVersion'
>;

/** Options of {@link HTTPHandler} besides the options of all network handlers. */
export interface HTTPRequestOptions {
  /** `GET` or `POST`, in any case. @defaultValue 'GET', as in Python; 'POST' with a `body` other than 'form' */
  readonly method?: string;
  /** https instead of http. @defaultValue false */
  readonly secure?: boolean;
  /** For basic authentication, as UTF-8. Refused without `secure` unless `insecure` is given. */
  readonly credentials?: HTTPCredentials | null;
  /**
   * Allow credentials over plain http, which is also required for localhost. Credentials are `credentials` and headers
   * whose name or value looks like a credential (`Authorization`, `Cookie`, `X-Api-Key`, `X-Auth-Token` …).
   *
   * @defaultValue false
   */
  readonly insecure?: boolean;
  /** TLS settings, only with `secure`. The server's certificate is verified unless they disable it. */
  readonly context?: HTTPContext | null;
  /**
   * - `form`: one record per request, `mapLogRecord(record)` url-encoded with Python's `str()` of each value.
   * - `json`: an array of records, each formatted by the formatter (JsonFormatter unless another is set).
   * - `ndjson`: the same, with one record per line.
   * - a custom object: see {@link HTTPBody}.
   *
   * @defaultValue 'form'
   */
  readonly body?: BodyName | HTTPBody;
  /** Maximum records per request; a form contains one. @defaultValue 100 */
  readonly batchSize?: number;
  /** Maximum bytes per request, before compression; a larger record is sent alone. @defaultValue 1 MiB */
  readonly batchBytes?: number;
  /** Compress the body and set Content-Encoding. @defaultValue false */
  readonly gzip?: boolean;
  /** Sent with each request, such as `{ 'X-Api-Key': … }`, which needs `secure` or `insecure`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Timeout of one request in seconds, from the connection to the end of the response. @defaultValue 10 */
  readonly timeout?: number;
  /** A custom agent, for example for a proxy. The handler does not close it. @defaultValue one keep-alive connection */
  readonly agent?: Agent;
}

/** The maximum of setTimeout, in seconds; a timer with a larger delay fires immediately. */
const LONGEST_TIMEOUT = 2_147_483;

export interface HttpSettings {
  readonly body: BodyName | HTTPBody;
  readonly transport: HttpTransportOptions;
}

function isOwnBody(body: unknown): body is HTTPBody {
  if (typeof body !== 'object' || body === null) return false;
  return (
    'encode' in body &&
    typeof body.encode === 'function' &&
    'contentType' in body &&
    typeof body.contentType === 'string'
  );
}

function bodyOf(body: unknown): BodyName | HTTPBody | undefined {
  if (typeof body === 'string' && Object.hasOwn(loadParts().BODY_FRAMES, body)) return body as BodyName;
  return isOwnBody(body) ? body : undefined;
}

function methodOf(value: unknown): 'GET' | 'POST' | undefined {
  const method = typeof value === 'string' ? value.toUpperCase() : undefined;
  return method === 'GET' || method === 'POST' ? method : undefined;
}

export const HTTP_REQUEST_SPEC = {
  method: otherwise(rule('GET or POST', methodOf), "'GET'; 'POST' with a `body`"),
  secure: boolean(false),
  credentials: rule('[user, password]', (value) => value as HTTPCredentials | undefined, { secret: true }),
  insecure: boolean(false),
  context: object<HTTPContext>('TLS options'),
  body: rule("'form', 'json', 'ndjson' or an object with contentType and encode(record)", bodyOf, {
    fallback: 'form',
  }),
  batchSize: integer(1, 100),
  batchBytes: integer(1, 1024 * 1024),
  gzip: boolean(false),
  headers: object<Readonly<Record<string, string>>>('an object of strings', { secret: true }),
  timeout: positive(10, LONGEST_TIMEOUT),
  agent: accepting(
    'an Agent of node:http or node:https, or one that extends it',
    (value) => value instanceof loadHttp().Agent,
    { otherwise: 'one kept connection' },
  ),
} satisfies SpecOf<HTTPRequestOptions>;

/** The arguments before the options; `httpTarget` checks them in more detail. */
export const HTTP_ARGUMENTS = {
  host: rule('a host name with or without ":port"', (value) => value as string | undefined, {
    required: true,
  }),
  url: rule('a path such as "/log"', (value) => value as string | undefined, { required: true }),
};

type Given = Settings<typeof HTTP_REQUEST_SPEC & typeof HTTP_ARGUMENTS>;

function checkedMethod(owner: string, options: Given): 'GET' | 'POST' {
  const hasBody = options.body !== 'form';
  const method = options.method ?? (hasBody ? 'POST' : 'GET');
  if (method === 'GET' && (hasBody || options.gzip)) {
    const what = hasBody ? 'a "body" other than \'form\'' : '"gzip"';
    throw new ConfigurationError(`${owner}: ${what} needs "method: 'POST'": a GET has no body.`);
  }
  return method;
}

function checkedContext(owner: string, { context, secure, agent }: Given): HTTPContext | undefined {
  if (context === undefined) return undefined;
  if (!secure) {
    throw new ConfigurationError(
      `${owner}: "context" parameter only makes sense with secure=True; give "secure: true".`,
    );
  }
  if (agent !== undefined) {
    throw new ConfigurationError(
      `${owner}: with an "agent", give its TLS settings to the agent, not "context".`,
    );
  }
  try {
    loadTls().createSecureContext(context);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(
      `${owner}: "context" holds a key or certificate that cannot be used: ${why}.`,
      {
        cause,
      },
    );
  }
  return context;
}

/** @throws ConfigurationError `ERR_LOG_OPTION` naming the option that is wrong, or the options that exclude each other. */
export function httpSettings(owner: string, options: Given): HttpSettings {
  const { BODY_FRAMES, fixedHeaders, httpTarget } = loadParts();
  const method = checkedMethod(owner, options);
  const { body, secure, insecure, credentials, headers } = options;
  return {
    body,
    transport: {
      target: httpTarget(owner, options),
      method,
      frame: typeof body === 'string' ? BODY_FRAMES[body] : body,
      headers: fixedHeaders(owner, { secure, insecure, credentials, headers }),
      gzip: options.gzip,
      batchSize: body === 'form' ? 1 : options.batchSize,
      batchBytes: options.batchBytes,
      timeoutMs: options.timeout * 1000,
      context: checkedContext(owner, options),
      agent: options.agent,
    },
  };
}
