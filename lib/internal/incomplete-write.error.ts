/** What tells a line that was cut short from one that was not written at all. */

/** The kernel took the first `written` bytes and then failed with `cause`. */
export class IncompleteWriteError extends Error {
  override readonly name = 'IncompleteWriteError';
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(`only the first ${written} bytes were written`, { cause });
    this.written = written;
  }
}
