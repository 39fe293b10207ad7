/** The options of HTTPHandler, checked. */
import { Agent } from 'node:http';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
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
import { fixedHeaders, httpTarget, type HTTPCredentials } from './http-target';
import { BODY_FRAMES, type BodyName, type HTTPBody, type HttpTransportOptions } from './http-transport';

/** Settings of TLS, as `tls.connect` takes them: own authorities, a client certificate, a server's other name. */
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

/** What {@link HTTPHandler} takes besides the options of every network handler. */
export interface HTTPRequestOptions {
  /** `GET` or `POST`, in any case. @defaultValue 'GET', as in Python; 'POST' with a `body` other than 'form' */
  readonly method?: string;
  /** https instead of http. @defaultValue false */
  readonly secure?: boolean;
  /** For basic authentication, as UTF-8. Refused without `secure` unless `insecure` is given. */
  readonly credentials?: HTTPCredentials | null;
  /**
   * Send credentials over plain http all the same, also to this machine: `credentials`, and headers whose name or value
   * says that they hold one (`Authorization`, `Cookie`, `X-Api-Key`, `X-Auth-Token` …).
   *
   * @defaultValue false
   */
  readonly insecure?: boolean;
  /** TLS settings; the server's certificate is verified unless they say otherwise. Only with `secure`. */
  readonly context?: HTTPContext | null;
  /**
   * - `form`: one record a request, `mapLogRecord(record)` url-encoded with Python's `str()` of each value.
   * - `json`: an array of records, each as the formatter writes it; JsonFormatter unless another is set.
   * - `ndjson`: the same, one record a line.
   * - an object of one's own: see {@link HTTPBody}.
   *
   * @defaultValue 'form'
   */
  readonly body?: BodyName | HTTPBody;
  /** Most records of one request; a form holds one. @defaultValue 100 */
  readonly batchSize?: number;
  /** Most bytes of one request, before compression; a larger record is sent alone. @defaultValue 1 MiB */
  readonly batchBytes?: number;
  /** Compress the body, and say so in Content-Encoding. @defaultValue false */
  readonly gzip?: boolean;
  /** Sent with each request, such as `{ 'X-Api-Key': … }`, which needs `secure` or `insecure`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds for one request, from the connection to the end of the answer. @defaultValue 10 */
  readonly timeout?: number;
  /** For proxies and the like. It is not closed with the handler. @defaultValue one kept connection */
  readonly agent?: Agent;
}

/** The limit of setTimeout, in seconds; beyond it a timer fires at once. */
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
  if (typeof body === 'string' && Object.hasOwn(BODY_FRAMES, body)) return body as BodyName;
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
    (value) => value instanceof Agent,
    { otherwise: 'one kept connection' },
  ),
} satisfies SpecOf<HTTPRequestOptions>;

/** The arguments before the options; `httpTarget` says more about wrong ones. */
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
    createSecureContext(context);
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
