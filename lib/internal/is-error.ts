/** What counts as an Error. */
import { types } from 'node:util';

/**
 * `instanceof` alone misses the Errors of another realm: under Jest, and in any `vm` context, those of Node's own
 * modules (an ENOENT, say) are not instances of the global Error.
 */
export function isError(value: unknown): value is Error {
  // The type first: the native check is a call out of JavaScript, and most arguments are strings.
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    // A Proxy that was revoked, or whose trap throws, does not say.
    return false;
  }
}
