/** The headers of every request: Python's, and the user's behind them. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ConfigurationError } from '../../errors';

/** User and password; an empty list is none, as in Python. */
export type HTTPCredentials = readonly [user: string, password: string] | readonly [];

export interface HeaderOptions {
  readonly secure: boolean;
  readonly insecure: boolean;
  readonly credentials: HTTPCredentials | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

/** Headers that say how the body is framed: with two of a kind, two servers read two different requests. */
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
  // Never what came: half of it is a password.
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

/** Words of which one makes the name of a header that of a credential. */
const SECRET_WORDS: ReadonlySet<string> = new Set(
  (
    'apikey auth authentication authorization bearer cookie credential credentials jwt key pass passwd password pwd ' +
    'secret session sig signature token'
  ).split(' '),
);
/** Keys that open nothing. */
const OPEN_KEY = /(?:cache|dedup(?:e|lication)?|idempotency|partition|routing|surrogate)[-_]?key$/i;

/** `X-Api-Key`, `apiKey`, `X-Auth-Token`, `PRIVATE-TOKEN`, `ocp-apim-subscription-key`, `X-Access-Token` … */
function isSecretName(name: string): boolean {
  if (OPEN_KEY.test(name)) return false;
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1-$2').toLowerCase();
  return words.split(/[^a-z\d]+/).some((word) => SECRET_WORDS.has(word));
}

/** By its name, or by a scheme of authentication at the start of its value. */
function isSecret(name: string, value: unknown): boolean {
  return isSecretName(name) || /^(?:basic|bearer|digest|token|apikey) \S/i.test(String(value));
}

/**
 * Names and values in turn, as node:http takes them: what follows Host and Accept-Encoding in each request.
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
