/** Writes the opcodes of a pickle of protocol 1 into a buffer that is reused. */

const INITIAL_BYTES = 16 * 1024;
/** A larger buffer is dropped after the record that needed it. */
const KEPT_BYTES = 1024 * 1024;
/** Up to this length, a loop over the characters is faster than `Buffer#write`. */
const SHORT = 48;
/** The most decimal digits that CPython reads in an integer (sys.int_info.default_max_str_digits). */
const MAX_DIGITS = 4300;
const TOO_LONG = 10n ** BigInt(MAX_DIGITS);

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The opcodes that are written, and other bytes of a pickle. */
export const OP = {
  mark: 0x28,
  stop: 0x2e,
  emptyTuple: 0x29,
  tuple: 0x74,
  emptyList: 0x5d,
  append: 0x61,
  appends: 0x65,
  emptyDict: 0x7d,
  setItem: 0x73,
  setItems: 0x75,
  none: 0x4e,
  int: 0x49,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  long: 0x4c,
  binFloat: 0x47,
  binUnicode: 0x58,
  newline: 0x0a,
  zero: 0x30,
  one: 0x31,
} as const;

export class PickleWriter {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Bytes written since `reset`. */
  get length(): number {
    return this.#at;
  }

  /** Starts again, with `reserved` free bytes at the front. */
  reset(reserved = 0): void {
    if (this.#bytes.length > KEPT_BYTES) this.#allocate(INITIAL_BYTES);
    this.#at = reserved;
  }

  /** Drops all but the first `length` bytes. */
  rewind(length: number): void {
    this.#at = length;
  }

  /** A copy of the written bytes. */
  take(): Buffer {
    const copy = Buffer.allocUnsafe(this.#at);
    copy.set(this.#bytes.subarray(0, this.#at));
    return copy;
  }

  opcode(code: number): void {
    this.#ensure(1);
    this.#bytes[this.#at++] = code;
  }

  raw(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  boolean(value: boolean): void {
    this.#ensure(4);
    const bytes = this.#bytes;
    bytes[this.#at++] = OP.int;
    bytes[this.#at++] = OP.zero;
    bytes[this.#at++] = value ? OP.one : OP.zero;
    bytes[this.#at++] = OP.newline;
  }

  /** Safe integers become int in Python, all other numbers float. */
  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.integer(value);
    else this.float(value);
  }

  integer(value: number): void {
    if (value < INT32_MIN || value > INT32_MAX) {
      this.bigint(BigInt(value));
      return;
    }
    this.#ensure(5);
    const bytes = this.#bytes;
    if (value < 0 || value > 0xffff) {
      bytes[this.#at] = OP.binInt;
      this.#view.setInt32(this.#at + 1, value, true);
      this.#at += 5;
    } else if (value > 0xff) {
      bytes[this.#at] = OP.binInt2;
      this.#view.setUint16(this.#at + 1, value, true);
      this.#at += 3;
    } else {
      bytes[this.#at++] = OP.binInt1;
      bytes[this.#at++] = value;
    }
  }

  float(value: number): void {
    this.#ensure(9);
    this.#bytes[this.#at] = OP.binFloat;
    this.#view.setFloat64(this.#at + 1, value);
    this.#at += 9;
  }

  /** Overwrites the float that ends at `end`. */
  floatBefore(end: number, value: number): void {
    this.#view.setFloat64(end - 8, value);
  }

  /** Writes an integer of any size; a text if it has more digits than CPython reads. */
  bigint(value: bigint): void {
    if (value >= BigInt(INT32_MIN) && value <= BigInt(INT32_MAX)) this.integer(Number(value));
    else if (value <= -TOO_LONG || value >= TOO_LONG) this.text(`[BigInt of more than ${MAX_DIGITS} digits]`);
    else {
      const text = `L${value}L\n`;
      this.#ensure(text.length);
      this.#at += this.#bytes.write(text, this.#at, 'latin1');
    }
  }

  /** Writes a str. A lone surrogate is written as in CPython ("surrogatepass"). */
  text(value: string): void {
    this.#ensure(5 + value.length * 3);
    const start = this.#at + 5;
    const end = value.length <= SHORT ? this.#ascii(value, start) : -1;
    this.#finishText(end < 0 ? this.#utf8(value, start) : end);
  }

  /** Writes ASCII text and returns its end; -1 if the text is not ASCII. */
  #ascii(value: string, start: number): number {
    const bytes = this.#bytes;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return -1;
      bytes[start + i] = code;
    }
    return start + value.length;
  }

  #utf8(value: string, start: number): number {
    const written = this.#bytes.write(value, start);
    // More bytes than UTF-16 units: there may be a lone surrogate, which Node has written as U+FFFD.
    if (written === value.length || !LONE_SURROGATE.test(value)) return start + written;
    let at = start;
    for (const character of value) at = this.#codePoint(character, at);
    return at;
  }

  #codePoint(character: string, at: number): number {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0xd800 || code > 0xdfff) return at + this.#bytes.write(character, at);
    this.#bytes[at] = 0xed;
    this.#bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f);
    this.#bytes[at + 2] = 0x80 | (code & 0x3f);
    return at + 3;
  }

  #finishText(end: number): void {
    this.#bytes[this.#at] = OP.binUnicode;
    this.#view.setUint32(this.#at + 1, end - this.#at - 5, true);
    this.#at = end;
  }

  #ensure(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const before = this.#bytes;
    this.#allocate(Math.max(before.length * 2, this.#at + more));
    this.#bytes.set(before.subarray(0, this.#at));
  }

  #allocate(size: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
