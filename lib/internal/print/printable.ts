/** Values as a text may print them where nobody asked for more to be hidden. */
import { PrintWalk, type PrintLimits } from './print-walk';

/** Wider than what `util.inspect` shows, so that what it would show is looked at. */
export const TEXT_LIMITS: PrintLimits = { maxDepth: 32, maxEntries: 10_000, maxValues: 50_000 };

/**
 * The value, or a copy that `util.format`, `util.inspect` and Python's styles print without the credentials of headers,
 * without what an Error carries that is no data, and without reading all of a huge value. Never throws.
 *
 * @param key - of the value, if it has one: `headers`, for example
 */
export function printable(value: unknown, key?: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function' && key === undefined)
    return value;
  const walk = new PrintWalk({ as: 'text', limits: TEXT_LIMITS });
  return key === undefined ? walk.value(value) : walk.field(key, value);
}

/** As JsonFormatter's, where nothing is configured. */
const DATA_LIMITS: PrintLimits = { maxDepth: 8, maxEntries: 200, maxValues: 10_000 };

/**
 * The value as data for JSON and the like: `toJSON` is asked, an instance shows its entries or keys, a circle and what
 * throws are strings. Otherwise as `printable`.
 *
 * @param limits - of a caller that has limits of its own
 */
export function printableData(value: unknown, limits = DATA_LIMITS): unknown {
  return typeof value === 'object' && value !== null
    ? new PrintWalk({ as: 'data', limits }).value(value)
    : value;
}
