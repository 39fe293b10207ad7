/** An error in one line, for a person. */
import { isError } from './foreign';

/** A chain may lead back to itself. */
const MAX_CAUSES = 5;

/** Class, message and up to five causes; whatever was thrown, it does not throw. */
export function describeError(error: unknown, causesLeft = MAX_CAUSES): string {
  try {
    if (!isError(error)) return String(error);
    const { name, message, cause } = error;
    if (cause === undefined) return `${name}: ${message}`;
    return `${name}: ${message}: ${causesLeft === 0 ? '…' : describeError(cause, causesLeft - 1)}`;
  } catch {
    // A value that throws when it is made a text.
    return 'an error that cannot be printed';
  }
}
