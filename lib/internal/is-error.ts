/** What counts as an Error. */
import { types } from 'node:util';

/**
 * `instanceof` alone misses the Errors of another realm: under Jest, and in any `vm` context, those of Node's own
 * modules (an ENOENT, say) are not instances of the global Error.
 */
export function isError(value: unknown): value is Error {
  // The type first: the native check is a call out of JavaScript, and most arguments are strings.
  return (
    typeof value === 'object' && value !== null && (value instanceof Error || types.isNativeError(value))
  );
}
