/** What a pickle or JSON text held, as the plain values of a record's fields: a tree, and not an endless one. */
import { types } from 'node:util';
import { UnpicklingError } from './unpickling.error';

/** Levels; a structure that contains itself is found by it too. */
const MAX_DEPTH = 100;
/** Values, and characters: a memo may name one list a thousand times in another, and that one a thousand times. */
const MAX_VALUES = 200_000;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** One conversion; its limits hold for all that it is given. */
export class PlainData {
  #values = 0;
  #characters = 0;

  /**
   * Dicts whose keys are all texts become objects, in which `__proto__` is a key like others; other dicts stay Maps.
   *
   * @throws UnpicklingError beyond 100 levels, 200 000 values or 16 Mi characters.
   */
  of(value: unknown, depth = 0): unknown {
    if (++this.#values > MAX_VALUES) throw new UnpicklingError(`a record has more than ${MAX_VALUES} values`);
    if (typeof value === 'string') this.#count(value.length);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) throw new UnpicklingError('a record is nested too deeply, or contains itself');
    if (Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.of(item, depth + 1));
    if (types.isSet(value)) return new Set([...value].map((item) => this.of(item, depth + 1)));
    return this.#dict(types.isMap(value) ? [...value] : Object.entries(value), depth + 1);
  }

  #dict(entries: readonly (readonly [unknown, unknown])[], depth: number): unknown {
    const plain = entries.map(([key, value]) => [this.of(key, depth), this.of(value, depth)] as const);
    if (plain.every(isNamed)) return objectOf(plain);
    return new Map(plain);
  }

  #count(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MAX_CHARACTERS)
      throw new UnpicklingError(`a record has more than ${MAX_CHARACTERS} characters`);
  }
}

function isNamed(entry: readonly [unknown, unknown]): entry is readonly [string, unknown] {
  return typeof entry[0] === 'string';
}

/** An assignment to `__proto__` would set the prototype; this makes it a key. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries);
}
