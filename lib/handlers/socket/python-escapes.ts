/** The escapes of Python's texts in pickles of protocol 0; byte by byte, since a peer may send a mebibyte of them. */
import { UnpicklingError } from './unpickling.error';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const UPPER_U = 0x55;
const LOWER_X = 0x78;

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
      // A backslash that is followed by another one begins no escape, nor does that one.
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
  /** How many there are. */
  readonly digits: number;
}

/** The number at a place, of so many digits at most. */
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

/** What a backslash and one more byte stand for. */
const SHORT: ReadonlyMap<number, number> = new Map(
  Object.entries({ '\\': 92, "'": 39, '"': 34, n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 }).map(
    ([letter, byte]) => [letter.charCodeAt(0), byte],
  ),
);

/** STRING, without its quotes: the bytes that it stands for ("string-escape" of Python 2). */
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

/** The byte, and how many bytes spell it; undefined when the backslash is one. */
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
