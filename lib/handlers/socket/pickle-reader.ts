/** Reads the bytes of a pickle and never past their end. */
import { UnpicklingError } from './unpickling.error';

const NEWLINE = 0x0a;

export class PickleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new UnpicklingError('the pickle ends before its STOP');
    this.#at++;
    return value;
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#skip(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#skip(8));
  }

  /** A length of eight bytes; one that is more than what is left is refused. */
  length64(): number {
    const value = this.#bytes.readBigUInt64LE(this.#skip(8));
    return this.#within(value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value));
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, this.#at);
  }

  /** A view of the bytes up to the next newline, which is read as well. */
  line(): Buffer {
    const end = this.#newline();
    if (end < 0) throw new UnpicklingError('the pickle ends within a line');
    const line = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** Most lines are short: a call of `indexOf` for each takes longer than a look at a few bytes. */
  #newline(): number {
    const near = Math.min(this.#at + 16, this.#bytes.length);
    for (let at = this.#at; at < near; at++) if (this.#bytes[at] === NEWLINE) return at;
    return this.#bytes.indexOf(NEWLINE, near);
  }

  #skip(length: number): number {
    const start = this.#at;
    this.#at += this.#within(length);
    return start;
  }

  #within(length: number): number {
    if (length >= 0 && length <= this.#bytes.length - this.#at) return length;
    throw new UnpicklingError(
      `the pickle claims ${length} bytes and ${this.#bytes.length - this.#at} are left`,
    );
  }
}
