/** The few names that a pickle may contain and their conversion to data, and the keys of dicts and sets. */
import { UnpicklingError } from '../../errors';

/** Subtracts a cost from the budget of a pickle. @throws UnpicklingError if the budget is used up. */
export type Charge = (cost: number) => void;

/** Cost of an entry of a Map or Set, in the units of COST. */
const ENTRY_COST = 64;
/** Characters that are hashed or compared in one unit of cost. */
const CHARACTERS = 4;

/**
 * The key for a Map or Set that has `size` entries so far. A bigint becomes its decimal digits: V8 hashes only the lowest
 * 64 bits, so all keys k * 2^64 + 1 would have the same hash.
 *
 * A sender can also predict the hash of a number, so a number costs as much as if all entries had the same hash: a pickle
 * can have about 3000 of them. The hash of a string has a secret seed, and the hash of an object is random.
 *
 * @throws UnpicklingError for values that Python cannot hash: a list, dict or set.
 */
export function keyOf(value: unknown, size: number, charge: Charge): unknown {
  charge(ENTRY_COST);
  switch (typeof value) {
    case 'string':
      charge(Math.floor(value.length / CHARACTERS));
      return value;
    case 'number':
      charge(size);
      return value;
    case 'bigint':
      return digitsOf(value, charge);
    default:
      if (isMutable(value)) throw new UnpicklingError('a key is a list, dict or set');
      return value;
  }
}

function isMutable(value: unknown): boolean {
  if (Array.isArray(value)) return !Object.isFrozen(value);
  return value instanceof Map || value instanceof Set;
}

/** The time grows with the square of the number of digits. */
function digitsOf(value: bigint, charge: Charge): string {
  const { length } = value.toString(16);
  charge(ENTRY_COST + length + Math.floor((length * length) / 192));
  return value.toString();
}

const DATE_BYTES = 4;
const TIME_BYTES = 6;
const DATE_TIME_BYTES = 10;

const two = (value: number | undefined): string => String(value ?? 0).padStart(2, '0');

/** Whether it is a result of `isoOffset`. A longer text would exceed the budget. */
function isOffset(zone: unknown): boolean {
  return typeof zone === 'string' && zone.length <= 9 && /^[+-]\d\d:\d\d(?::\d\d)?$/.test(zone);
}

function stateOf(args: readonly unknown[], length: number): Buffer | undefined {
  const [state, zone] = args;
  if (args.length > 2 || (args.length === 2 && !isOffset(zone))) return undefined;
  return Buffer.isBuffer(state) && state.length === length ? state : undefined;
}

/** Month and hour may have a flag ("fold") in their highest bit. */
function dateText(state: Buffer): string {
  const year = String(state.readUInt16BE(0)).padStart(4, '0');
  return `${year}-${two((state[2] ?? 0) & 0x7f)}-${two(state[3])}`;
}

function timeText(state: Buffer): string {
  const micros = state.readUIntBE(3, 3);
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${two((state[0] ?? 0) & 0x7f)}:${two(state[1])}:${two(state[2])}${fraction}`;
}

/** `datetime.isoformat()`; undefined for arguments that CPython does not write. */
export function isoDateTime(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, DATE_TIME_BYTES);
  if (state === undefined) return undefined;
  return `${dateText(state)}T${timeText(state.subarray(DATE_BYTES))}${zoneOf(args)}`;
}

/** `date.isoformat()` */
export function isoDate(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, DATE_BYTES);
  return state === undefined || args.length !== 1 ? undefined : dateText(state);
}

/** `time.isoformat()` */
export function isoTime(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, TIME_BYTES);
  return state === undefined ? undefined : timeText(state) + zoneOf(args);
}

/** `timezone(timedelta)`: `+02:00`. Its optional name is not kept. */
export function isoOffset([seconds]: readonly unknown[]): string | undefined {
  if (typeof seconds !== 'number' || Math.abs(seconds) >= 86_400) return undefined;
  const whole = Math.trunc(Math.abs(seconds));
  const rest = whole % 60 === 0 ? '' : `:${two(whole % 60)}`;
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}${rest}`;
}

function zoneOf(args: readonly unknown[]): string {
  return typeof args[1] === 'string' ? args[1] : '';
}

/** The data for the arguments of a name; undefined for arguments that CPython's pickler does not write. */
type Meaning = (args: readonly unknown[], charge: Charge) => unknown;

/** Protocols 0 to 2 write bytes as `_codecs.encode(text, 'latin1')`. */
function bytesOfLatin1([text, codec, ...rest]: readonly unknown[]): unknown {
  if (typeof text !== 'string' || codec !== 'latin1' || rest.length > 0) return undefined;
  // oxlint-disable-next-line no-control-regex -- these are all of Latin-1
  return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
}

function bytes(args: readonly unknown[]): unknown {
  return args.length === 0 ? Buffer.alloc(0) : undefined;
}

function bytearray(args: readonly unknown[]): unknown {
  if (args.length === 0) return Buffer.alloc(0);
  if (args.length === 1 && Buffer.isBuffer(args[0])) return args[0];
  return bytesOfLatin1(args[1] === 'latin-1' ? [args[0], 'latin1', ...args.slice(2)] : args);
}

function set(args: readonly unknown[], charge: Charge): unknown {
  const members: unknown = args.length === 0 ? [] : args[0];
  if (args.length > 1 || !Array.isArray(members)) return undefined;
  const made = new Set<unknown>();
  for (const member of members) made.add(keyOf(member, made.size, charge));
  return made;
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['_codecs.encode', bytesOfLatin1],
  ['__builtin__.bytes', bytes],
  ['builtins.bytes', bytes],
  ['__builtin__.bytearray', bytearray],
  ['builtins.bytearray', bytearray],
  ['__builtin__.set', set],
  ['builtins.set', set],
  ['__builtin__.frozenset', set],
  ['builtins.frozenset', set],
  ['datetime.datetime', isoDateTime],
  ['datetime.date', isoDate],
  ['datetime.time', isoTime],
  ['datetime.timezone', isoOffset],
  ['datetime.timedelta', secondsOf],
]);

/** `timedelta(days, seconds, microseconds)` in seconds. */
function secondsOf(args: readonly unknown[]): unknown {
  const [days, seconds, micros] = args;
  if (args.length !== 3 || !args.every((part) => Number.isSafeInteger(part))) return undefined;
  return Number(days) * 86_400 + Number(seconds) + Number(micros) / 1e6;
}

/** A name on the stack. It runs no code: `reduce` returns the data that its arguments stand for. */
export class PickleName {
  readonly name: string;
  readonly #meaning: Meaning;

  /** @throws UnpicklingError for every name that is not in the list above. */
  constructor(module: string, attribute: string) {
    this.name = `${module}.${attribute}`;
    const meaning = MEANINGS.get(this.name);
    if (meaning === undefined)
      throw new UnpicklingError(`the name ${JSON.stringify(this.name.slice(0, 200))} is refused`);
    this.#meaning = meaning;
  }

  /** @param charge - charges for work that grows with the arguments */
  reduce(args: unknown, charge: Charge): unknown {
    const isTuple = Array.isArray(args) && Object.isFrozen(args);
    const value = isTuple ? this.#meaning(args as unknown[], charge) : undefined;
    if (value === undefined) throw new UnpicklingError(`the arguments of ${this.name} are refused`);
    return value;
  }
}
