/** Sends mails over one connection, which stays open for one second to wait for more mails. */
import { SendFailure, type Transport } from '../../outbox/transport';
import type { MailServer } from './mail-settings';
import { SmtpLoginError } from './smtp-login';
import { SmtpSession, type SmtpError } from './smtp-session';

/** Commands whose errors concern the server, not the mail: all mails fail until the server is repaired. */
const SESSION_STEPS: ReadonlySet<string> = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS']);
/** Codes of nodemailer for a mail that it rejects itself, for example because it is too large for the server. */
const MAIL_ERRORS: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);
/** Bad sequence of commands (RFC 5321 section 4.2.2): a new connection may help. */
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

/** Whether the connection is lost or will be closed (421). False if only the mail was rejected. */
export function isLostConnection(error: unknown): boolean {
  const { code = '', responseCode } = error as SmtpError;
  return responseCode === undefined ? !MAIL_ERRORS.has(code) : responseCode === CLOSING;
}

function isFinalCode(code: number | undefined): boolean {
  return code !== undefined && code >= 500 && code !== BAD_SEQUENCE;
}

/** How long a connection waits for the next mail, in ms. */
const IDLE_MS = 1000;
/** How long refused credentials are not tried again, in ms, because servers lock accounts. */
const LOCKOUT_MS = 30_000;

export interface SmtpTransportOptions {
  /** The handler's class, for errors. */
  readonly owner: string;
  readonly server: MailServer;
  readonly from: string;
  readonly to: readonly string[];
  /** Called for a recipient who was rejected, while others got the mail. */
  readonly onRefused: (error: unknown) => void;
}

export class SmtpTransport implements Transport<Buffer> {
  readonly batchSize = 100;
  readonly #options: SmtpTransportOptions;
  #session: SmtpSession | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lockout: { readonly error: SmtpLoginError; readonly until: number } | undefined;

  constructor(options: SmtpTransportOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#session?.isOpen ?? false;
  }

  /** Sends each message (headers and text) as one mail. */
  async deliver(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    clearTimeout(this.#idle);
    this.#session?.keepAlive(true);
    for (const [delivered, message] of messages.entries()) {
      try {
        await this.#send(message, signal);
      } catch (error) {
        this.#destroy();
        throw failureOf(error, delivered);
      }
    }
    this.#session?.keepAlive(false);
    this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const session = this.#session;
    this.#session = undefined;
    await session?.quit();
  }

  async #send(message: Buffer, signal: AbortSignal): Promise<void> {
    const kept = this.#session;
    if (kept?.isOpen === true) {
      try {
        await this.#sendOver(kept, message, signal);
        return;
      } catch (error) {
        // The server has ended the idle connection: this is not an outage.
        if (signal.aborted || !isLostConnection(error)) throw error;
      }
    }
    this.#destroy();
    this.#session = await this.#open(signal);
    await this.#sendOver(this.#session, message, signal);
  }

  async #open(signal: AbortSignal): Promise<SmtpSession> {
    const { owner, server } = this.#options;
    if (this.#lockout !== undefined && performance.now() < this.#lockout.until) throw this.#lockout.error;
    try {
      return await SmtpSession.open(owner, server, signal);
    } catch (error) {
      if (error instanceof SmtpLoginError && error.isFinal) {
        this.#lockout = { error, until: performance.now() + LOCKOUT_MS };
      }
      throw error;
    }
  }

  async #sendOver(session: SmtpSession, message: Buffer, signal: AbortSignal): Promise<void> {
    const { from, to, onRefused } = this.#options;
    const isAscii = [from, ...to].every((address) => /^[\x20-\x7e]*$/.test(address));
    if (!isAscii && !session.takesUtf8) {
      throw new SendFailure('the server takes no addresses beyond ASCII (it does not announce SMTPUTF8)', {
        drop: true,
      });
    }
    const envelope = { from, to, size: message.length, use8BitMime: !isAscii };
    const { rejectedErrors = [] } = await session.send(envelope, message, signal);
    rejectedErrors.forEach(onRefused);
  }

  #destroy(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }
}

function failureOf(error: unknown, delivered: number): SendFailure {
  if (error instanceof SendFailure) return new SendFailure(error.message, { delivered, drop: error.drop });
  const drop = isRefusedForGood(error);
  return new SendFailure(drop ? 'the mail was refused' : 'the mail was not sent', {
    delivered,
    drop,
    cause: error,
  });
}
