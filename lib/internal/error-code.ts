/** Reads the code of a system error, such as ENOSPC, off a value that may be anything. */
import { isError } from './foreign';

export function errorCode(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
