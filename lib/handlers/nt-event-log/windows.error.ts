/** A call of Windows that failed. */

/** `winerror` is what GetLastError said, as in pywin32's errors. */
export class WindowsError extends Error {
  override readonly name = 'WindowsError';
  readonly winerror: number;

  constructor(call: string, winerror: number) {
    super(`${call} failed with Windows error ${winerror}`);
    this.winerror = winerror;
  }
}
