/** Turns the content of a pickle or JSON text into plain values: a tree of limited size. */
import { types } from 'node:util';
import { UnpicklingError } from '../../errors';

/** Maximum depth. */
const MAX_DEPTH = 100;
/** Maximum values and characters: with its memo, a short pickle can expand to a huge tree. */
const MAX_VALUES = 200_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** A number in a Map or Set counts as one more value per this many entries; `keyOf` explains why. */
const ENTRIES_A_VALUE = 64;

/** A converted container, and its size when it is written out. */
interface Converted {
  readonly plain: unknown;
  readonly values: number;
  readonly characters: number;
  /** Levels below it. */
  readonly height: number;
}

/** One conversion, with limits for all its values together. A container that occurs twice is converted once. */
export class PlainData {
  #values = 0;
  #characters = 0;
  /** Levels of the container that was converted last. */
  #height = 0;
  /** undefined while it is being converted. */
  readonly #converted = new Map<object, Converted | undefined>();

  /**
   * Dicts with only string keys become objects, in which `__proto__` is an ordinary key; other dicts stay Maps.
   *
   * @throws UnpicklingError beyond 100 levels, 200 000 values or 16 Mi characters.
   */
  of(value: unknown, depth = 0): unknown {
    this.#count(1, typeof value === 'string' ? value.length : 0);
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    const known = this.#converted.get(value);
    if (known !== undefined) return this.#again(known, depth);
    if (depth > MAX_DEPTH || this.#converted.has(value)) throw tooDeep();
    this.#converted.set(value, undefined);
    const [values, characters, height] = [this.#values, this.#characters, this.#height];
    this.#height = 0;
    const plain = this.#container(value, depth + 1);
    const converted = {
      plain,
      values: this.#values - values,
      characters: this.#characters - characters,
      height: this.#height,
    };
    this.#converted.set(value, converted);
    this.#height = Math.max(height, converted.height + 1);
    return plain;
  }

  /** A container that occurs again is counted again, because it is written twice. */
  #again({ plain, values, characters, height }: Converted, depth: number): unknown {
    this.#count(values, characters);
    if (depth + height > MAX_DEPTH) throw tooDeep();
    this.#height = Math.max(this.#height, height + 1);
    return plain;
  }

  #container(value: object, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item) => this.of(item, depth));
    if (types.isSet(value)) {
      const set = new Set<unknown>();
      for (const item of value) set.add(this.#key(item, set.size, depth));
      return set;
    }
    return this.#dict(types.isMap(value) ? value : new Map(Object.entries(value)), depth);
  }

  #dict(dict: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const entries: (readonly [unknown, unknown])[] = [];
    let named = true;
    for (const [key, value] of dict) {
      named &&= typeof key === 'string';
      entries.push([this.#key(key, entries.length, depth), this.of(value, depth)]);
    }
    // An assignment to `__proto__` would set the prototype; here it becomes a key.
    return named ? Object.fromEntries(entries as (readonly [string, unknown])[]) : new Map(entries);
  }

  #key(key: unknown, size: number, depth: number): unknown {
    if (typeof key === 'number') this.#count(Math.floor(size / ENTRIES_A_VALUE), 0);
    return this.of(key, depth);
  }

  #count(values: number, characters: number): void {
    this.#values += values;
    this.#characters += characters;
    if (this.#values > MAX_VALUES) throw new UnpicklingError(`a record has more than ${MAX_VALUES} values`);
    if (this.#characters > MAX_CHARACTERS)
      throw new UnpicklingError(`a record has more than ${MAX_CHARACTERS} characters`);
  }
}

function tooDeep(): UnpicklingError {
  return new UnpicklingError('a record is nested too deeply, or contains itself');
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, OPEN_DICT, CLOSE_LIST, CLOSE_DICT] = [0x5b, 0x7b, 0x5d, 0x7d];

/**
 * Parses JSON, with the limits of `PlainData`. They are checked first, because `JSON.parse` has no limits and takes 0.1 s
 * for 1 MiB of brackets.
 *
 * @throws UnpicklingError if the text is not JSON, or exceeds a limit.
 */
export function plainJson(bytes: Buffer): unknown {
  checkJson(bytes);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new UnpicklingError('the frame is neither a pickle nor JSON', { cause });
  }
}

/** Counts by the punctuation; an object or a key takes three times as long as another value. */
function checkJson(bytes: Buffer): void {
  let [values, depth] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (byte === COMMA || byte === OPEN_LIST) values++;
    else if (byte === COLON || byte === OPEN_DICT) values += 2;
    if (byte === OPEN_LIST || byte === OPEN_DICT) depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_DICT) depth--;
    if (depth > MAX_DEPTH + 1) throw tooDeep();
  }
  if (values > MAX_VALUES) throw new UnpicklingError(`a record has more than ${MAX_VALUES} values`);
}

/** The position of the closing quote. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
