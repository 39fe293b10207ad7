/** The state of a pickle that is being read: its stack, its marks, its memo, and what all of it may weigh. */
import { types } from 'node:util';
import { PickleName } from './pickle-name';
import { PickleReader } from './pickle-reader';
import { UnpicklingError } from './unpickling.error';

/** What the values of a small pickle may take, in bytes, and what each byte of a larger one adds. */
const LEAST_BUDGET = 4 * 1024 * 1024;
const BUDGET_PER_BYTE = 4;

/** What a value takes in memory, about, in bytes: a Map that holds nothing is larger than it looks. */
export const COST = { slot: 8, number: 16, text: 32, list: 64, dict: 256, memo: 64 } as const;

export class PickleMachine {
  readonly reader: PickleReader;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #budget: number;
  /** Whether a name was pushed, so that what is popped must be looked at. */
  #hasNames = false;

  constructor(bytes: Buffer) {
    this.reader = new PickleReader(bytes);
    this.#budget = LEAST_BUDGET + BUDGET_PER_BYTE * bytes.length;
  }

  /** @param cost - bytes that the value takes beside its place on the stack */
  push(value: unknown, cost = 0): void {
    this.#charge(COST.slot + cost);
    this.#stack.push(value);
  }

  /** The one value that may be no data: REDUCE reads it at once, and `pop` refuses it. */
  pushName(name: PickleName): void {
    this.#hasNames = true;
    this.push(name, COST.text);
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

  /** The name that REDUCE is to call. */
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

  /** Everything above the last mark, which is taken off as well. */
  popMark(): unknown[] {
    const from = this.#marks.pop();
    if (from === undefined) throw new UnpicklingError('there is no mark');
    const values = this.#stack.splice(from);
    this.#charge(COST.slot * values.length);
    if (this.#hasNames) for (const value of values) this.#data(value);
    return values;
  }

  /** Takes off the mark that is on top, or the value that is. */
  drop(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else {
      this.peek();
      this.#stack.length--;
    }
  }

  /** Remembers the value on top. */
  memoize(index: number): void {
    this.#charge(COST.memo);
    this.#memo.set(index, this.peek());
  }

  memoizeNext(): void {
    this.memoize(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined && !this.#memo.has(index))
      throw new UnpicklingError(`nothing is memoized as ${index}`);
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

  /** For what grows after it was pushed. */
  charge(cost: number): void {
    this.#charge(cost);
  }

  #charge(cost: number): void {
    this.#budget -= cost;
    if (this.#budget < 0) throw new UnpicklingError('the values of the pickle take too much memory');
  }

  #data(value: unknown): unknown {
    if (this.#hasNames && value instanceof PickleName)
      throw new UnpicklingError(`the name ${value.name} is used as data`);
    return value;
  }
}
