/** Which keys hold the headers of a request or response, and which headers hold credentials. */

/**
 * The key of headers in whatever form: `headers`, `rawHeaders`, `_header`, `responseHeaders`, `headersDistinct`,
 * `trailers`, the symbols of Node's own classes, and the metadata of gRPC.
 */
const HEADERS_KEY = /(?:headers?|trailers?)(?:distinct|list|map|raw|sent|text)?$|metadata$/i;
/** Names of headers, at their end: `x-forwarded-authorization`, `x-csrf-token`, `set-cookie2`. */
const NAMES =
  'authorization|cookie2?|cookies|api-?key|auth-?key|access-?key|token|secret|password|passwd|session-?id|jwt-assertion';
const CREDENTIAL = new RegExp(`(?:${NAMES})$`, 'i');
/** A line of raw header text with the lines that continue it (RFC 9112, section 5.2). */
const CREDENTIAL_LINE = new RegExp(
  `^([ \\t]*[\\w-]*(?:${NAMES})[ \\t]*:)[^\\r\\n]*(?:\\r?\\n[ \\t]+[^\\r\\n]*)*`,
  'gim',
);

/** Keys are few in a sane program; a program that makes them up must not grow the cache. */
const CACHE_LIMIT = 1000;
const knownKeys = new Map<string, boolean>();

/** What is below this key is taken for headers. Asked for every key that is printed, so the answers are kept. */
export function isHeadersKey(key: string): boolean {
  if (key.length < 6) return false;
  let is = knownKeys.get(key);
  if (is === undefined) {
    is = HEADERS_KEY.test(key);
    if (knownKeys.size >= CACHE_LIMIT) knownKeys.clear();
    // A long key would be kept as long as the process lives.
    if (key.length <= 64) knownKeys.set(key, is);
  }
  return is;
}

/** The name of a header that holds a credential, in any case. */
export function isCredentialHeader(name: unknown): boolean {
  return typeof name === 'string' && CREDENTIAL.test(name);
}

/** Header text, such as `GET / HTTP/1.1\r\nCookie: …`, without its credentials. */
export function cleanHeaderText(text: string, censor: string): string {
  return text.includes(':')
    ? text.replace(CREDENTIAL_LINE, (_line, name: string) => `${name} ${censor}`)
    : text;
}

/** The address without user and password, the values of its query and its fragment: `http://host/path?page=…`. */
export function cleanUrl(url: string): string {
  const [address = ''] = url.split('#', 1);
  const at = address.indexOf('?');
  const place = (at < 0 ? address : address.slice(0, at)).replace(/^([\w+.-]*:?\/\/)[^/?]*@/, '$1');
  if (at < 0) return place;
  const names = address
    .slice(at + 1)
    .split('&', 20)
    .map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=…` : '…'));
  return `${place}?${names.join('&')}`;
}
