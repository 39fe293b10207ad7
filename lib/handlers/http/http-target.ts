/** The server, path and headers that all requests of a handler share. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { domainToASCII } from 'node:url';
import { ConfigurationError } from '../../errors';

export interface HttpTarget {
  readonly secure: boolean;
  /** Without brackets, in ASCII. */
  readonly hostname: string;
  readonly port: number;
  /**
   * The header Host. For an absolute URL, which a proxy needs: its host and port without the user (RFC 9112, section 3.2).
   * Otherwise the host and port of the connection: with brackets around IPv6, without the default port.
   */
  readonly hostHeader: string;
  /** Path and query, sent unchanged. */
  readonly url: string;
}

/** Characters that http.client also rejects: control characters, spaces, and non-ASCII characters. */
const UNSENDABLE = /[^\x21-\x7e]/;
/** An absolute URL, as http.client recognises it: a scheme in lower case and a host. */
const HOST_OF_URL = /^http[a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]+)/;
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d*))?$/;

function bad(owner: string, name: string, problem: string): ConfigurationError {
  return new ConfigurationError(`${owner}: "${name}" ${problem}.`);
}

function checkedPort(owner: string, text: string | undefined, secure: boolean): number {
  if (text === undefined || text === '') return secure ? 443 : 80;
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw bad(owner, 'host', `must have a port from 1 to 65535, got ${text}`);
}

/** Typical mistakes have their own error texts. */
function checkHostText(owner: string, host: unknown): asserts host is string {
  if (typeof host !== 'string' || host === '') {
    throw bad(owner, 'host', `must be a host name with or without ":port", got ${JSON.stringify(host)}`);
  }
  if (/^\w+:\/\//.test(host)) {
    throw bad(
      owner,
      'host',
      `must be a host without a scheme, got ${host}; write "secure: true" for https and give the path in "url"`,
    );
  }
  if (/[\s/?#@\\]/.test(host)) {
    throw bad(owner, 'host', `must be a host name with or without ":port", got ${JSON.stringify(host)}`);
  }
}

function checkedUrl(owner: string, url: unknown): string {
  if (typeof url !== 'string' || url === '') {
    throw bad(owner, 'url', `must be a path such as "/log", got ${JSON.stringify(url)}`);
  }
  const found = UNSENDABLE.exec(url);
  if (found === null) return url;
  throw bad(
    owner,
    'url',
    `must be of printable ASCII characters, got ${JSON.stringify(found[0])} at ${found.index}; percent-encode it`,
  );
}

/**
 * @throws ConfigurationError `ERR_LOG_OPTION` if the host or the url cannot be used in a request. Python fails for
 * each record instead.
 */
export function httpTarget(
  owner: string,
  { host, url, secure }: { readonly host: unknown; readonly url: unknown; readonly secure: boolean },
): HttpTarget {
  checkHostText(owner, host);
  const [, ipv6, name = '', portText] = HOST_AND_PORT.exec(host) ?? [];
  const hostname = ipv6 ?? domainToASCII(name);
  if (hostname === '') {
    throw bad(
      owner,
      'host',
      `must be a host name, or an IPv6 address in brackets, got ${JSON.stringify(host)}`,
    );
  }
  const port = checkedPort(owner, portText, secure);
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname;
  const hostHeader = port === (secure ? 443 : 80) ? shown : `${shown}:${port}`;
  const target = checkedUrl(owner, url);
  return { secure, hostname, port, hostHeader: HOST_OF_URL.exec(target)?.[1] ?? hostHeader, url: target };
}

/** The path of a GET with `data` in its query, as Python joins them. */
export function withQuery(url: string, data: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${data}`;
}

/** User and password; an empty list means none, as in Python. */
export type HTTPCredentials = readonly [user: string, password: string] | readonly [];

export interface HeaderOptions {
  readonly secure: boolean;
  readonly insecure: boolean;
  readonly credentials: HTTPCredentials | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/** Headers that only the handler may set: duplicates could make a proxy and a server read different requests. */
const OURS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'transfer-encoding',
  'expect',
  'upgrade',
]);

function checkCredentials(owner: string, credentials: HTTPCredentials): void {
  const given: readonly unknown[] = Array.isArray(credentials) ? credentials : ['not a list'];
  const isPair = given.length === 2 && given.every((part) => typeof part === 'string');
  if (given.length === 0 || isPair) return;
  // The value is not printed, because it may contain a password.
  throw new ConfigurationError(`${owner}: "credentials" must be a user and a password, as [user, password].`);
}

function checkHeader(owner: string, name: string, value: unknown): void {
  if (OURS.has(name.toLowerCase())) {
    throw new ConfigurationError(`${owner}: "headers" must not hold ${name}: the handler sets it.`);
  }
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
  } catch (cause) {
    throw new ConfigurationError(`${owner}: "headers" holds ${JSON.stringify(name)}, which cannot be sent.`, {
      cause,
    });
  }
}

function refuseInClear(owner: string, what: string): never {
  throw new ConfigurationError(
    `${owner}: ${what} would be sent in clear: use "secure: true", or allow it with "insecure: true".`,
  );
}

/** A header whose name contains one of these words holds a credential. */
const SECRET_WORDS: ReadonlySet<string> = new Set(
  (
    'apikey auth authentication authorization bearer cookie credential credentials jwt key pass passwd password pwd ' +
    'secret session sig signature token'
  ).split(' '),
);
/** Names that end in `key` and are not credentials. */
const OPEN_KEY = /(?:cache|dedup(?:e|lication)?|idempotency|partition|routing|surrogate)[-_]?key$/i;

/** `X-Api-Key`, `apiKey`, `X-Auth-Token`, `PRIVATE-TOKEN`, `ocp-apim-subscription-key`, `X-Access-Token` … */
function isSecretName(name: string): boolean {
  if (OPEN_KEY.test(name)) return false;
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase();
  return words.split(/[^a-z\d]+/).some((word) => SECRET_WORDS.has(word));
}

/** Whether the name, or an authentication scheme at the start of the value, indicates a credential. */
function isSecret(name: string, value: unknown): boolean {
  return isSecretName(name) || /^(?:basic|bearer|digest|token|apikey) \S/i.test(String(value));
}

/**
 * The headers after Host and Accept-Encoding in each request, as a list of alternating names and values for node:http.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for headers that cannot be sent, and for secrets over plain http.
 */
export function fixedHeaders(owner: string, options: HeaderOptions): readonly string[] {
  const { credentials = [], headers = {}, secure, insecure } = options;
  checkCredentials(owner, credentials);
  const inClear = !secure && !insecure;
  const list: string[] = [];
  const [user, password] = credentials;
  if (user !== undefined && password !== undefined) {
    if (inClear) refuseInClear(owner, 'the "credentials"');
    list.push('Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  }
  for (const [name, value] of Object.entries(headers)) {
    checkHeader(owner, name, value);
    if (inClear && isSecret(name, value)) refuseInClear(owner, `the header ${name}`);
    list.push(name, value);
  }
  return list;
}
