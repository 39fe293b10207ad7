/** Refuses a number option that is not what it must be, in one wording. */
import { ConfigurationError } from '../errors';

/** @throws ConfigurationError naming the owner and the option unless `value` is an integer of at least `least`. */
export function checkInteger(owner: string, name: string, options: { value: number; least: 0 | 1 }): number {
  const { value, least } = options;
  if (Number.isSafeInteger(value) && value >= least) return value;
  const what = least === 0 ? 'a non-negative integer' : 'a positive integer';
  throw new ConfigurationError(`${owner}: "${name}" must be ${what}, got ${String(value)}.`);
}

/** @throws ConfigurationError naming the owner and the option unless `value` is a finite number of at least `least`. */
export function checkNumber(owner: string, name: string, options: { value: number; least: number }): number {
  const { value, least } = options;
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
  throw new ConfigurationError(
    `${owner}: "${name}" must be a number of at least ${least}, got ${String(value)}.`,
  );
}
