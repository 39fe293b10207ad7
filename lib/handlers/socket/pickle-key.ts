/** What a pickle may use as a key of a dict or a member of a set, and what it costs to find its place. */
import { UnpicklingError } from './unpickling.error';

/** Takes the cost of work off the budget of a pickle. @throws UnpicklingError when nothing is left. */
export type Charge = (cost: number) => void;

/** Of an entry of a Map or Set, in the units of COST. */
const ENTRY_COST = 64;
/** Characters that are hashed, or compared with an equal text, in one unit. */
const CHARACTERS = 4;

/**
 * The key as it stands in the Map or Set, which has `size` entries so far. A bigint becomes its decimal digits: V8 takes
 * only the lowest 64 bits into the hash, so that all keys k * 2^64 + 1 would stand in one chain.
 *
 * V8 hashes a number in a way that can be computed in advance as well, so a number is charged as if all entries stood in
 * its chain: about 3000 of them are the most. The hash of a text has a seed that no sender knows, that of an object is
 * random.
 *
 * @throws UnpicklingError for what Python cannot hash: a list, dict or set.
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

/** The time that the digits take grows with the square of their number. */
function digitsOf(value: bigint, charge: Charge): string {
  const { length } = value.toString(16);
  charge(ENTRY_COST + length + Math.floor((length * length) / 192));
  return value.toString();
}
