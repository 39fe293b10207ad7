/** A mapping as Python's urllib.parse.urlencode writes it. */
import { fieldKind, pythonStr } from '../../internal/format-style/python-text';

/** What encodeURIComponent leaves alone and quote_plus does not. */
const LEFT_ALONE = /[!'()*]/g;
/** What a form writes in another way than a percent escape, and what has no UTF-8. */
const SPACES = /%20/g;
const LONE_SURROGATES = /\p{Cs}/gu;

function escapeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Ports urllib.parse.quote_plus. Differs: a lone surrogate becomes U+FFFD; Python raises. */
export function quotePlus(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATES, '\uFFFD'))
    .replace(LEFT_ALONE, (character) => escapeByte(character.charCodeAt(0)))
    .replace(SPACES, '+');
}

/** Bytes are not text in Python: each is escaped by itself. */
function quoteBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? quotePlus(String.fromCharCode(byte)) : escapeByte(byte);
  return text;
}

function quoteValue(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return quoteBytes(value);
  return quotePlus(pythonStr(value, fieldKind(name)));
}

/** Ports urllib.parse.urlencode: Python's str() of each value, in the order of the entries. */
export function urlEncoded(entries: Iterable<readonly [string, unknown]>): string {
  let text = '';
  for (const [name, value] of entries) {
    text += `${text === '' ? '' : '&'}${quotePlus(name)}=${quoteValue(name, value)}`;
  }
  return text;
}
