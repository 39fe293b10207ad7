/** Whether a failed mail is refused for good, or worth another attempt. */
import type { SmtpError } from './smtp-client';
import { SmtpLoginError } from './smtp-login.error';

/** Steps that concern the server and not the mail: all mails fail until somebody mends it. */
const SESSION_STEPS: ReadonlySet<string> = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS']);
/** The client itself refuses the mail, such as one that is larger than the server said it takes. */
const MAIL_ERRORS: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);
/** Out of step (RFC 5321 section 4.2.2): a new connection may do. */
const BAD_SEQUENCE = 503;
/** The server ends the connection (RFC 5321 section 3.8). */
const CLOSING = 421;

export function isRefusedForGood(error: unknown): boolean {
  if (error instanceof SmtpLoginError) return error.isFinal;
  const { code = '', command = '', responseCode, rejectedErrors = [] } = error as SmtpError;
  if (rejectedErrors.length > 0) return rejectedErrors.every((each) => isFinalCode(each.responseCode));
  if (SESSION_STEPS.has(command)) return false;
  return responseCode === undefined ? MAIL_ERRORS.has(code) : isFinalCode(responseCode);
}

/** Whether the connection is gone, or about to be (421), rather than the mail refused. */
export function isLostConnection(error: unknown): boolean {
  const { code = '', responseCode } = error as SmtpError;
  return responseCode === undefined ? !MAIL_ERRORS.has(code) : responseCode === CLOSING;
}

function isFinalCode(code: number | undefined): boolean {
  return code !== undefined && code >= 500 && code !== BAD_SEQUENCE;
}
