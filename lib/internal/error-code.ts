/** The code of a system error, and an error in one line. */
import { isError } from './foreign';

export function errorCode(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Most causes, since a chain may be circular. */
const MAX_CAUSES = 5;

/** Class, message and up to five causes, in one line. Never throws. */
export function describeError(error: unknown, causesLeft = MAX_CAUSES): string {
  try {
    if (!isError(error)) return String(error);
    const { name, message, cause } = error;
    if (cause === undefined) return `${name}: ${message}`;
    return `${name}: ${message}: ${causesLeft === 0 ? '…' : describeError(cause, causesLeft - 1)}`;
  } catch {
    // The value threw when it was converted to a string.
    return 'an error that cannot be printed';
  }
}
