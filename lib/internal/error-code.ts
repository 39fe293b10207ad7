/** Reads the code of a system error, such as ENOSPC, off a value that may be anything. */

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
