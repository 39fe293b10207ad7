/** The options of HTTPHandler, checked. */
import { Agent } from 'node:http';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { checkInteger } from '../../internal/check-number';
import type { OptionNames } from '../../internal/checked-options';
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

export const HTTP_REQUEST_OPTIONS = {
  method: true,
  secure: true,
  credentials: true,
  insecure: true,
  context: true,
  body: true,
  batchSize: true,
  batchBytes: true,
  gzip: true,
  headers: true,
  timeout: true,
  agent: true,
} as const satisfies OptionNames<HTTPRequestOptions>;

const DEFAULTS = { body: 'form', batchSize: 100, batchBytes: 1024 * 1024, timeout: 10 } as const;
/** The limit of setTimeout, in seconds; beyond it a timer fires at once. */
const LONGEST_TIMEOUT = 2_147_483;

export interface HttpSettings {
  readonly body: BodyName | HTTPBody;
  readonly transport: HttpTransportOptions;
}

interface Address {
  readonly host: unknown;
  readonly url: unknown;
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

function checkedBody(owner: string, body: unknown): BodyName | HTTPBody {
  if (typeof body === 'string' && Object.hasOwn(BODY_FRAMES, body)) return body as BodyName;
  if (isOwnBody(body)) return body;
  throw new ConfigurationError(
    `${owner}: "body" must be 'form', 'json', 'ndjson' or an object with contentType and encode(record).`,
  );
}

/** Python's text, and what follows from the additions. */
function checkedMethod(owner: string, options: HTTPRequestOptions): 'GET' | 'POST' {
  const hasBody = (options.body ?? DEFAULTS.body) !== 'form';
  const given: unknown = options.method ?? (hasBody ? 'POST' : 'GET');
  const method = typeof given === 'string' ? given.toUpperCase() : given;
  if (method !== 'GET' && method !== 'POST') {
    throw new ConfigurationError(`${owner}: "method" must be GET or POST, got ${JSON.stringify(given)}.`);
  }
  if (method === 'GET' && (hasBody || options.gzip === true)) {
    const what = hasBody ? 'a "body" other than \'form\'' : '"gzip"';
    throw new ConfigurationError(`${owner}: ${what} needs "method: 'POST'": a GET has no body.`);
  }
  return method;
}

function checkedTimeoutMs(owner: string, timeout: unknown): number {
  if (typeof timeout === 'number' && timeout > 0 && timeout <= LONGEST_TIMEOUT) return timeout * 1000;
  throw new ConfigurationError(
    `${owner}: "timeout" must be a number of seconds above 0 and up to ${LONGEST_TIMEOUT}, got ${String(timeout)}.`,
  );
}

function checkedContext(owner: string, options: HTTPRequestOptions): HTTPContext | undefined {
  const context = options.context ?? undefined;
  if (context === undefined) return undefined;
  if (options.secure !== true) {
    throw new ConfigurationError(
      `${owner}: "context" parameter only makes sense with secure=True; give "secure: true".`,
    );
  }
  if (options.agent !== undefined) {
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

function checkedAgent(owner: string, agent: unknown): Agent | undefined {
  if (agent === undefined || agent instanceof Agent) return agent;
  throw new ConfigurationError(
    `${owner}: "agent" must be an Agent of node:http or node:https, or one that extends it.`,
  );
}

/** @throws ConfigurationError `ERR_LOG_OPTION` naming the option that is wrong. */
export function httpSettings(owner: string, address: Address, options: HTTPRequestOptions): HttpSettings {
  const method = checkedMethod(owner, options);
  const body = checkedBody(owner, options.body ?? DEFAULTS.body);
  const secure = options.secure ?? false;
  const headers = fixedHeaders(owner, {
    secure,
    insecure: options.insecure ?? false,
    credentials: options.credentials ?? undefined,
    headers: options.headers,
  });
  const count = checkInteger(owner, 'batchSize', {
    value: options.batchSize ?? DEFAULTS.batchSize,
    least: 1,
  });
  const bytes = options.batchBytes ?? DEFAULTS.batchBytes;
  return {
    body,
    transport: {
      target: httpTarget(owner, { ...address, secure }),
      method,
      frame: typeof body === 'string' ? BODY_FRAMES[body] : body,
      headers,
      gzip: options.gzip ?? false,
      batchSize: body === 'form' ? 1 : count,
      batchBytes: checkInteger(owner, 'batchBytes', { value: bytes, least: 1 }),
      timeoutMs: checkedTimeoutMs(owner, options.timeout ?? DEFAULTS.timeout),
      context: checkedContext(owner, options),
      agent: checkedAgent(owner, options.agent),
    },
  };
}
