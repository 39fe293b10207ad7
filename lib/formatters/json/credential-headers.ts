/** Credentials among the headers of a request or response, which no log should hold, asked for or not. */
import { isPlainObject } from '../../internal/foreign';

/** Under this key, at any depth, an object is taken for headers. */
const HEADERS_KEY = 'headers';
const CREDENTIALS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
]);
const CENSOR = '[Redacted]';

/** The value as it may be printed under `key`: headers without their credentials, anything else as it is. */
export function withoutCredentials(key: string, value: unknown): unknown {
  if (key !== HEADERS_KEY || !isPlainObject(value)) return value;
  const secret = Object.keys(value).filter((name) => CREDENTIALS.has(name.toLowerCase()));
  return secret.length === 0
    ? value
    : { ...value, ...Object.fromEntries(secret.map((name) => [name, CENSOR])) };
}
