/** A login that the server refused. */

export class SmtpLoginError extends Error {
  override readonly name = 'SmtpLoginError';
  /** The server's answer; 0 when it offers no login at all. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }

  /** Whether the same credentials will be refused again; a server whose user database is away says 454. */
  get isFinal(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}
