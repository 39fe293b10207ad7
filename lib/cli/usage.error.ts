/** The error for a wrong command or configuration. */

/** The program ends with code 2; the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
