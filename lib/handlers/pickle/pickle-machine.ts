/** The state while a pickle is read: stack, marks, memo, and a budget for memory and work. */
import { types } from 'node:util';
import { UnpicklingError } from '../../errors';
import { PickleName } from './pickle-names';

const NEWLINE = 0x0a;

/** Reads the bytes of a pickle, never past their end. */
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

  /** A length of eight bytes; refused if fewer bytes are left. */
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

  /** Most lines are short: for them this loop is faster than `indexOf`. */
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

/** The minimum budget, and the budget that each byte adds. */
const LEAST_BUDGET = 4 * 1024 * 1024;
const BUDGET_PER_BYTE = 4;

/**
 * The cost of an opcode: memory in bytes, or work in units of about 4 ns, whichever is more. Every opcode has a cost, even
 * if it creates nothing or its value is dropped. Therefore 1 MiB is read or refused within 50 ms.
 */
export const COST = {
  opcode: 8,
  slot: 8,
  number: 16,
  /** A number or text of protocol 0, which is a line. */
  line: 64,
  /** In addition to 8 or 16 bits for each character. */
  text: 64,
  bigint: 192,
  name: 256,
  bytes: 128,
  list: 64,
  dict: 256,
  memo: 32,
} as const;

export class PickleMachine {
  readonly reader: PickleReader;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  /** By index. Not a Map: a sender could choose numbers with the same hash. */
  readonly #memo: unknown[] = [];
  readonly #indices: number;
  #memoized = 0;
  #budget: number;
  /** Whether a name was pushed: from then on each popped value is checked. */
  #hasNames = false;

  constructor(bytes: Buffer) {
    this.reader = new PickleReader(bytes);
    this.#indices = bytes.length;
    this.#budget = LEAST_BUDGET + BUDGET_PER_BYTE * bytes.length;
  }

  /** @param cost - bytes of the value in addition to its place on the stack */
  push(value: unknown, cost = 0): void {
    this.#charge(COST.slot + cost);
    this.#stack.push(value);
  }

  /** A name is the only value that is not data: REDUCE takes it, and `pop` refuses it. */
  pushName(name: PickleName): void {
    this.#hasNames = true;
    this.push(name, COST.name);
  }

  /** @throws UnpicklingError if there is nothing above the last mark. */
  pop(): unknown {
    const value = this.peek();
    this.#stack.length--;
    return this.#data(value);
  }

  peek(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw new UnpicklingError('the stack is empty');
    return this.#stack[this.#stack.length - 1];
  }

  /** The name for REDUCE. */
  popName(): PickleName {
    const value = this.peek();
    this.#stack.length--;
    if (value instanceof PickleName) return value;
    throw new UnpicklingError('REDUCE calls what is not a name');
  }

  mark(): void {
    this.#charge(COST.slot);
    this.#marks.push(this.#stack.length);
  }

  /** Removes the last mark, and returns all values above it. */
  popMark(): unknown[] {
    const from = this.#marks.pop();
    if (from === undefined) throw new UnpicklingError('there is no mark');
    const values = this.#stack.splice(from);
    this.#charge(COST.slot * values.length);
    if (this.#hasNames) for (const value of values) this.#data(value);
    return values;
  }

  /** Removes the top of the stack, a mark or a value. */
  drop(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else {
      this.peek();
      this.#stack.length--;
    }
  }

  /** Stores the top of the stack in the memo. */
  memoize(index: number): void {
    this.#charge(COST.memo);
    // Each index takes at least one byte of the pickle, so no pickler writes a larger one.
    if (index >= this.#indices) throw new UnpicklingError(`the memo index ${index} is beyond the pickle`);
    const memo = this.#memo;
    if (index > memo.length) this.#charge(COST.slot * (index - memo.length));
    // Gaps are filled: an array with large holes is as slow as a Map.
    while (memo.length < index) memo.push(undefined);
    if (memo[index] === undefined) this.#memoized++;
    memo[index] = this.peek();
  }

  /** As in CPython, the index is the number of memoized values. */
  memoizeNext(): void {
    this.memoize(this.#memoized);
  }

  recall(index: number): void {
    // No value of a pickle is undefined.
    const value = index < this.#indices ? this.#memo[index] : undefined;
    if (value === undefined) throw new UnpicklingError(`nothing is memoized as ${index}`);
    this.push(value);
  }

  list(): unknown[] {
    const list = this.peek();
    if (Array.isArray(list) && !Object.isFrozen(list)) return list as unknown[];
    throw new UnpicklingError('items are appended to what is not a list');
  }

  dict(): Map<unknown, unknown> {
    const dict = this.peek();
    if (types.isMap(dict)) return dict;
    throw new UnpicklingError('an item is set in what is not a dict');
  }

  set(): Set<unknown> {
    const set = this.peek();
    if (types.isSet(set)) return set;
    throw new UnpicklingError('items are added to what is not a set');
  }

  /** Charges for values that grow after they were pushed, and for work without a value. */
  readonly charge = (cost: number): void => this.#charge(cost);

  #charge(cost: number): void {
    this.#budget -= cost;
    if (this.#budget < 0) throw new UnpicklingError('the pickle takes too much memory or work');
  }

  #data(value: unknown): unknown {
    if (this.#hasNames && value instanceof PickleName)
      throw new UnpicklingError(`the name ${value.name} is used as data`);
    return value;
  }
}
