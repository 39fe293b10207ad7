/** Decodes the strings and numbers of a pickle, as text lines and as bytes. */
import { UnpicklingError } from '../../errors';

/** Maximum digits of an integer, as in CPython, and maximum bytes, which is about the same limit. */
const MAX_DIGITS = 4300;
const MAX_INT_BYTES = 2048;

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const UPPER_U = 0x55;
const LOWER_X = 0x78;
const MINUS = 0x2d;
const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** A number if it is a safe integer, else a BigInt. */
export function integer(value: bigint): number | bigint {
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

export function decimal(line: Buffer): number | bigint {
  const short = line.length <= SHORT_DIGITS ? shortDecimal(line) : undefined;
  if (short !== undefined) return short;
  const text = line.length > MAX_DIGITS + 1 ? '' : line.toString('latin1');
  if (!DECIMAL.test(text)) throw new UnpicklingError('an integer is not decimal, or too long');
  return integer(BigInt(text.replace('+', '')));
}

/** Every integer with up to this many digits is exact as a double. */
const SHORT_DIGITS = 15;

/** The fast path for most integers; undefined for other forms. */
function shortDecimal(line: Buffer): number | undefined {
  const isNegative = line[0] === MINUS;
  const from = isNegative ? 1 : 0;
  if (line.length === from) return undefined;
  let value = 0;
  for (let at = from; at < line.length; at++) {
    const digit = (line[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return isNegative && value !== 0 ? -value : value;
}

/** A buffer that all calls share. */
const REVERSED = Buffer.alloc(MAX_INT_BYTES);

/** Two's complement, little-endian, of any length. */
export function twosComplement(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length <= 6) return bytes.readIntLE(0, bytes.length);
  if (bytes.length > MAX_INT_BYTES) throw new UnpicklingError('an integer is too long');
  const isNegative = (bytes.at(-1) ?? 0) >= 0x80;
  if (bytes.length === 7) {
    const value = bytes.readInt8(6) * 2 ** 48 + bytes.readUIntLE(0, 6);
    if (Number.isSafeInteger(value)) return value;
  }
  if (bytes.length === 8) return integer(bytes.readBigInt64LE(0));
  for (let i = 0; i < bytes.length; i++) REVERSED[i] = bytes[bytes.length - 1 - i] ?? 0;
  const value = BigInt(`0x${REVERSED.toString('hex', 0, bytes.length)}`);
  return integer(isNegative ? BigInt.asIntN(bytes.length * 8, value) : value);
}

export function floatText(line: Buffer): number {
  const text = line.length > 400 ? '' : line.toString('latin1');
  if (!FLOAT.test(text)) throw new UnpicklingError('a float is not one');
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  if (/nan$/i.test(text)) return value;
  return text.startsWith('-') ? -Infinity : Infinity;
}

/** UTF-8 that may contain lone surrogates (Python's "surrogatepass"). */
export function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? strictUtf8(bytes) : text;
}

/** Node's decoder would replace lone surrogates. */
function strictUtf8(bytes: Buffer): string {
  const units = Buffer.allocUnsafe(bytes.length * 2);
  let length = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizeOfCharacter(bytes, at);
    const code = codePointOf(bytes, at, size);
    at += size;
    if (code > 0xffff) length = units.writeUInt16LE(0xd7c0 + (code >> 10), length);
    length = units.writeUInt16LE(code > 0xffff ? 0xdc00 + (code & 0x3ff) : code, length);
  }
  return units.toString('utf16le', 0, length);
}

function sizeOfCharacter(bytes: Buffer, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  throw new UnpicklingError('a text is not UTF-8');
}

/** The smallest code point for each number of bytes: UTF-8 allows only the shortest form. */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];

function codePointOf(bytes: Buffer, at: number, size: number): number {
  let code = (bytes[at] ?? 0) & (size === 1 ? 0x7f : 0xff >> (size + 1));
  for (let i = at + 1; i < at + size; i++) {
    const next = bytes[i] ?? 0;
    if ((next & 0xc0) !== 0x80) throw new UnpicklingError('a text is not UTF-8');
    code = (code << 6) | (next & 0x3f);
  }
  if (code >= (LEAST[size] ?? 0) && code <= 0x10_ffff) return code;
  throw new UnpicklingError('a text is not UTF-8');
}

/** A byte string of Python 2, as UTF-8 if it is valid, otherwise as Latin-1. CPython takes ASCII only. */
export function byteString(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

/** STRING of protocol 0: a byte string of Python 2 in quotes. */
export function quotedString(line: Buffer): string {
  const quote = line[0];
  if (line.length < 2 || (quote !== 0x27 && quote !== 0x22) || line.at(-1) !== quote)
    throw new UnpicklingError('a STRING is not quoted');
  const text = line.subarray(1, -1);
  return byteString(text.includes(BACKSLASH) ? stringEscape(text) : text);
}

/** UNICODE: Latin-1 with \uXXXX and \UXXXXXXXX ("raw-unicode-escape"). */
export function rawUnicodeEscape(line: Buffer): string {
  if (!line.includes(BACKSLASH)) return line.toString('latin1');
  const units = Buffer.allocUnsafe(line.length * 2);
  let length = 0;
  const put = (code: number): void => {
    if (code > 0xffff) length = units.writeUInt16LE(0xd7c0 + (code >> 10), length);
    length = units.writeUInt16LE(code > 0xffff ? 0xdc00 + (code & 0x3ff) : code, length);
  };
  for (let at = 0; at < line.length; at++) {
    const byte = line[at] ?? 0;
    const next = byte === BACKSLASH ? line[at + 1] : undefined;
    if (next === LOWER_U || next === UPPER_U) {
      const digits = next === LOWER_U ? 4 : 8;
      put(unicode(line, at + 2, digits));
      at += 1 + digits;
    } else {
      put(byte);
      // A backslash before another character is not an escape, and that character does not begin one.
      if (next !== undefined) put(line[++at] ?? 0);
    }
  }
  return units.toString('utf16le', 0, length);
}

function unicode(line: Buffer, at: number, digits: number): number {
  const code = number(line, at, { digits, base: 16 });
  if (code.digits === digits && code.value <= 0x10_ffff) return code.value;
  throw new UnpicklingError('a \\u escape is not one');
}

interface Digits {
  readonly value: number;
  /** The number of digits. */
  readonly digits: number;
}

/** Reads a number of at most `most.digits` digits. */
function number(bytes: Buffer, at: number, most: { readonly digits: number; readonly base: 8 | 16 }): Digits {
  let [value, digits] = [0, 0];
  for (; digits < most.digits; digits++) {
    const digit = digitOf(bytes[at + digits] ?? 0);
    if (digit >= most.base) break;
    value = value * most.base + digit;
  }
  return { value, digits };
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 16;
}

/** The values of the escapes with one character after the backslash. */
const SHORT: ReadonlyMap<number, number> = new Map(
  Object.entries({ '\\': 92, "'": 39, '"': 34, n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 }).map(
    ([letter, byte]) => [letter.charCodeAt(0), byte],
  ),
);

/** Decodes the escapes of a STRING without its quotes to bytes ("string-escape" of Python 2). */
export function stringEscape(text: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    const escape = byte === BACKSLASH ? escaped(text, at + 1) : undefined;
    bytes[length++] = escape?.value ?? byte;
    at += escape?.digits ?? 0;
  }
  return bytes.subarray(0, length);
}

/** The byte of an escape and the length of the escape; undefined if there is no escape. */
function escaped(text: Buffer, at: number): Digits | undefined {
  const byte = text[at] ?? 0;
  const short = SHORT.get(byte);
  if (short !== undefined) return { value: short, digits: 1 };
  if (byte === LOWER_X) {
    const code = number(text, at + 1, { digits: 2, base: 16 });
    return code.digits === 2 ? { value: code.value, digits: 3 } : undefined;
  }
  const code = number(text, at, { digits: 3, base: 8 });
  return code.digits === 0 ? undefined : { value: code.value & 0xff, digits: code.digits };
}
