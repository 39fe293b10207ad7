/** Which keys contain the headers of a request or response, and which headers contain credentials. */

/**
 * Matches keys of headers in any form: `headers`, `rawHeaders`, `_header`, `responseHeaders`, `headersDistinct`, `trailers`,
 * the symbols of Node's classes, and the metadata of gRPC.
 */
const HEADERS_KEY = /(?:headers?|trailers?)(?:distinct|list|map|raw|sent|text)?$|metadata$/i;
/** Ends of header names, as in `x-forwarded-authorization`, `x-csrf-token`, `set-cookie2`. */
const NAMES =
  'authorization|cookie2?|cookies|api-?key|auth-?key|access-?key|token|secret|password|passwd|session-?id|jwt-assertion';
const CREDENTIAL = new RegExp(`(?:${NAMES})$`, 'i');
/** A line of raw header text with its continuation lines (RFC 9112, section 5.2). */
const CREDENTIAL_LINE = new RegExp(
  `^([ \\t]*[\\w-]*(?:${NAMES})[ \\t]*:)[^\\r\\n]*(?:\\r?\\n[ \\t]+[^\\r\\n]*)*`,
  'gim',
);

/** Most programs have few keys. The limit is for a program that generates them. */
const CACHE_LIMIT = 1000;
const knownKeys = new Map<string, boolean>();

/** Whether the value of this key is treated as headers. Cached, since it is called for every printed key. */
export function isHeadersKey(key: string): boolean {
  if (key.length < 6) return false;
  let is = knownKeys.get(key);
  if (is === undefined) {
    is = HEADERS_KEY.test(key);
    if (knownKeys.size >= CACHE_LIMIT) knownKeys.clear();
    // Long keys are not cached.
    if (key.length <= 64) knownKeys.set(key, is);
  }
  return is;
}

/** Whether this is the name of a header with a credential. Case does not matter. */
export function isCredentialHeader(name: unknown): boolean {
  return typeof name === 'string' && CREDENTIAL.test(name);
}

/** Header text, such as `GET / HTTP/1.1\r\nCookie: …`, without its credentials. */
export function cleanHeaderText(text: string, censor: string): string {
  return text.includes(':')
    ? text.replace(CREDENTIAL_LINE, (_line, name: string) => `${name} ${censor}`)
    : text;
}

/** The URL without user, password, fragment and the values of its query: `http://host/path?page=…`. */
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
