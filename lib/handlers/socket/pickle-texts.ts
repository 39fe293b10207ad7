/** The texts and numbers of a pickle, as CPython spells them in lines and in bytes. */
import { stringEscape } from './python-escapes';
import { UnpicklingError } from './unpickling.error';

/** Digits and bytes of an integer: what CPython reads, and about as much in binary. */
const MAX_DIGITS = 4300;
const MAX_INT_BYTES = 2048;

const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const DECIMAL = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** A number where a double holds it exactly, else a BigInt. */
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

/** Digits that a double holds whatever they are. */
const SHORT_DIGITS = 15;

/** Most integers by far, ten times as fast; undefined for what has another form. */
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

/** Room for one integer, so that reading one allocates nothing but its digits. */
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

/** UTF-8 in which half a surrogate pair may stand ("surrogatepass"). */
export function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? strictUtf8(bytes) : text;
}

/** By hand, since Node's decoder takes half a pair for a mistake. */
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

/** Least code points of characters with so many bytes: a smaller one has a shorter spelling, and only that is UTF-8. */
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

/** A byte string of Python 2: UTF-8 where it is that, else Latin-1. CPython takes ASCII only. */
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
