/** Values prepared for printing, without redaction of the application's own secrets. */
import { PrintWalk, type PrintLimits } from './print-walk';

/** Higher than the limits of `util.inspect`, so that everything it shows is checked. */
export const TEXT_LIMITS: PrintLimits = { maxDepth: 32, maxEntries: 10_000, maxValues: 50_000 };

/**
 * The value, or a copy for `util.format`, `util.inspect` and Python's styles. The copy has no credentials of headers, no
 * objects on an Error that are not data, and is limited in size. Never throws.
 *
 * @param key - the key of the value, if it has one, such as `headers`
 */
export function printable(value: unknown, key?: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function' && key === undefined)
    return value;
  const walk = new PrintWalk({ as: 'text', limits: TEXT_LIMITS });
  return key === undefined ? walk.value(value) : walk.field(key, value);
}

/** The default limits of JsonFormatter. */
const DATA_LIMITS: PrintLimits = { maxDepth: 8, maxEntries: 200, maxValues: 10_000 };

/**
 * The value as data for JSON: calls `toJSON`, shows the entries or keys of an instance, and replaces circular references and
 * values that throw by strings. Otherwise as `printable`.
 *
 * @param limits - the caller's own limits
 */
export function printableData(value: unknown, limits = DATA_LIMITS): unknown {
  return typeof value === 'object' && value !== null
    ? new PrintWalk({ as: 'data', limits }).value(value)
    : value;
}
