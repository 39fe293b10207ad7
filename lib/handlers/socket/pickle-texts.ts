/** The texts and numbers of a pickle, as CPython spells them in lines and in bytes. */
import { UnpicklingError } from './unpickling.error';

/** Digits and bytes of an integer: what CPython reads, and about as much in binary. */
const MAX_DIGITS = 4300;
const MAX_INT_BYTES = 2048;

const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** A number where a double holds it exactly, else a BigInt. */
export function integer(value: bigint): number | bigint {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

export function decimal(line: Buffer): number | bigint {
  const text = line.length > MAX_DIGITS + 1 ? '' : line.toString('latin1');
  if (!DECIMAL.test(text)) throw new UnpicklingError('an integer is not decimal, or too long');
  return integer(BigInt(text.replace('+', '')));
}

/** Two's complement, little-endian, of any length. */
export function twosComplement(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length > MAX_INT_BYTES) throw new UnpicklingError('an integer is too long');
  const value = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
  return integer(BigInt.asIntN(bytes.length * 8, value));
}

export function floatText(line: Buffer): number {
  const text = line.length > 400 ? '' : line.toString('latin1');
  if (!FLOAT.test(text)) throw new UnpicklingError('a float is not one');
  return Number(
    text
      .toLowerCase()
      .replace(/inf(inity)?$/, 'Infinity')
      .replace('nan', 'NaN')
      .replace(/^[+-]NaN$/, 'NaN'),
  );
}

/** UTF-8 in which half a surrogate pair may stand ("surrogatepass"). */
export function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? strictUtf8(bytes) : text;
}

function strictUtf8(bytes: Buffer): string {
  let text = '';
  let from = 0;
  // CPython writes a lone surrogate as three bytes, ED A0..BF and one more.
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const [second = 0, third = 0] = bytes.subarray(at + 1, at + 3);
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    text += wellFormed(bytes.subarray(from, at));
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
  }
  return text + wellFormed(bytes.subarray(from));
}

function wellFormed(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UnpicklingError('a text is not UTF-8', { cause });
  }
}

/** A byte string of Python 2: UTF-8 where it is that, else Latin-1. CPython takes ASCII only. */
export function byteString(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

/** UNICODE of protocol 0: Latin-1 with \uXXXX and \UXXXXXXXX. */
export function rawUnicodeEscape(line: Buffer): string {
  const text = line.toString('latin1');
  if (!text.includes('\\')) return text;
  return text.replace(/\\([^]?)([\da-f]{0,8})/gi, (all: string, kind: string, digits: string) => {
    if (kind !== 'u' && kind !== 'U') return all;
    const length = kind === 'u' ? 4 : 8;
    const code = Number.parseInt(digits.slice(0, length), 16);
    if (digits.length < length || code > 0x10ffff) throw new UnpicklingError('a \\u escape is not one');
    return String.fromCodePoint(code) + digits.slice(length);
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** STRING of protocol 0: a quoted byte string with the escapes of Python 2. */
export function quotedString(line: Buffer): string {
  const text = line.toString('latin1');
  const quote = text.charAt(0);
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote))
    throw new UnpicklingError('a STRING is not quoted');
  const plain = text
    .slice(1, -1)
    .replace(/\\(x[\da-f]{2}|[0-7]{1,3}|[^])/gi, (all: string, escape: string) => unescaped(escape) ?? all);
  return byteString(Buffer.from(plain, 'latin1'));
}

function unescaped(escape: string): string | undefined {
  if (/^x[\da-f]{2}$/i.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
  return Object.hasOwn(ESCAPES, escape) ? ESCAPES[escape] : undefined;
}
