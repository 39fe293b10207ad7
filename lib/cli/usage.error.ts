/** A command or a configuration that cannot be carried out as it is. */

/** The program ends with code 2; the message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
