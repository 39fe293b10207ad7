/** Sends each record by mail. */
import type { ConnectionOptions } from 'node:tls';
import { describeHandler } from '../core/class-descriptions';
import { diagnostics } from '../core/diagnostics';
import { plainText } from '../core/exception-text';
import type { LogRecord } from '../core/log-record';
import { lazy } from '../internal/lazy';
import {
  accepting,
  object,
  positive,
  readOptions,
  rule,
  type Settings,
  type SpecOf,
} from '../internal/options';
import { OutboxHandler, OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from './outbox.handler';
import type { MailSettings, SmtpSecurity } from './mail/mail-settings';
import type { SmtpTransport } from './mail/smtp-transport';

const loadMail = lazy(() => require('./mail') as typeof import('./mail'));

/** As in `mail-settings.ts`, which is loaded later. */
const DEFAULT_TIMEOUT_S = 5;
/** Maximum delay of a timer, in seconds. */
const LONGEST_TIMEOUT_S = 2_147_483;

/** The options that both mail handlers share. */
export interface MailOptions {
  /** `app@example.com` or `App <app@example.com>`. */
  readonly fromaddr: string;
  /** Recipients. A string may contain several, separated by commas. */
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
  /** Sent unencrypted by PLAIN and LOGIN, so use `secure` too. With an empty user there is no login. @defaultValue none */
  readonly credentials?: readonly [user: string, password: string];
  /**
   * `true`, `[]` or TLS options: STARTTLS. If the server does not support it, nothing is sent. `[keyfile, certfile]`: the
   * same, with a client certificate. `'tls'`: TLS from the start, on port 465 by default. The server's certificate is
   * verified.
   * @defaultValue none: mails are sent unencrypted, as in Python
   */
  readonly secure?: SmtpSecurity;
  /** TLS options, such as `ca`, for every kind of `secure`. */
  readonly tls?: ConnectionOptions;
  /** Time limit for connecting, for the greeting, and for each answer, in seconds. @defaultValue 5 */
  readonly timeout?: number;
}

/** The argument of the mail handlers. */
export const MAIL_ARGUMENTS = {
  mailhost: accepting(
    'a host name or [host, port]',
    (value): value is string | readonly [string, (number | null)?] =>
      typeof value === 'string' || Array.isArray(value),
    { required: true },
  ),
};

/** Does not check addresses, credentials and TLS: `mailSettings` does, with better error messages. */
export const MAIL_SPEC = {
  fromaddr: rule('one mail address', (value) => value as string, { required: true }),
  toaddrs: rule('mail addresses: a string or a list', (value) => value as string | readonly string[], {
    required: true,
  }),
  subject: rule('a string without line breaks', (value) => value as string, { required: true }),
  credentials: rule('[user, password]', (value) => value as readonly [user: string, password: string], {
    secret: true,
  }),
  secure: rule("true, 'tls', [], [keyfile, certfile] or TLS options", (value) => value as SmtpSecurity),
  tls: object<ConnectionOptions>('TLS options'),
  timeout: positive(DEFAULT_TIMEOUT_S, LONGEST_TIMEOUT_S),
} satisfies SpecOf<MailOptions>;

export interface SMTPHandlerOptions extends OutboxHandlerOptions, MailOptions {}

const SMTP_SPEC = { ...OUTBOX_HANDLER_SPEC, ...MAIL_SPEC } satisfies SpecOf<SMTPHandlerOptions>;

/** The server and the addresses. @throws ConfigurationError that names the invalid option */
export function mailSettingsOf(
  owner: string,
  settings: Settings<typeof MAIL_SPEC & typeof MAIL_ARGUMENTS>,
): MailSettings {
  return loadMail().mailSettings(owner, settings.mailhost, settings);
}

/**
 * Ports logging.handlers.SMTPHandler (CPython 3.14). Needs the package `nodemailer`. For more than a few mails, use
 * {@link BufferingSMTPHandler}, which sends many records in one mail.
 *
 * Differs:
 * - The log call returns at once. Mails are sent one after another, over a connection that is kept open for a second. While
 *   the server is down, or answers 4xx, mails wait and are tried again. A mail that the server refuses with 5xx is dropped
 *   and reported, and so are all mails in the 30 s after it has refused the credentials.
 * - TLS is used whenever `secure` is given, not only with credentials. Certificates are verified. `secure: 'tls'` is TLS
 *   from the start. The connection is closed after any error. Without STARTTLS no mail is sent.
 * - Invalid addresses, and line breaks in addresses or the subject, are refused at construction. Line breaks in the text
 *   that `getSubject` returns become spaces, and the subject is cut after 500 characters.
 * - If the server refuses only some recipients, they are reported. An error after it has accepted the mail is not reported.
 * - The text is 7bit, quoted-printable or base64, never 8bit. A domain with non-ASCII characters is sent in its ASCII form.
 *   User and password are sent in UTF-8. `Date` is the time of the record. nodemailer encodes and folds the headers.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid option, `ERR_LOG_MISSING_PEER` without nodemailer.
 * @example
 * logger.addHandler(
 *   new SMTPHandler(['mail.example.com', 587], {
 *     fromaddr: 'app@example.com',
 *     toaddrs: ['ops@example.com'],
 *     subject: 'The shop is in trouble',
 *     credentials: ['app', password],
 *     secure: true,
 *     level: 'CRITICAL',
 *   }),
 * );
 */
export class SMTPHandler extends OutboxHandler<Buffer> {
  readonly mailhost: string;
  /** Undefined for the default: 25, or 465 with `secure: 'tls'`. */
  readonly mailport: number | undefined;
  readonly username: string | undefined;
  readonly fromaddr: string;
  readonly toaddrs: readonly string[];
  readonly subject: string;
  readonly secure: SmtpSecurity | undefined;
  /** Seconds. */
  readonly timeout: number;
  readonly #settings: MailSettings;

  constructor(mailhost: string | readonly [host: string, port?: number | null], options: SMTPHandlerOptions) {
    const owner = new.target.name;
    const read = readOptions(SMTP_SPEC, options, new.target);
    const settings = mailSettingsOf(owner, { ...read, mailhost });
    super(options);
    const { fromaddr, toaddrs, subject, secure } = read;
    [this.mailhost, this.mailport] = loadMail().hostAndPort(owner, mailhost);
    this.username = settings.server.user;
    this.fromaddr = fromaddr;
    this.toaddrs = typeof toaddrs === 'string' ? [toaddrs] : [...toaddrs];
    this.subject = subject;
    this.secure = secure;
    this.timeout = settings.server.timeoutMs / 1000;
    this.#settings = settings;
  }

  /** Returns the subject of the record's mail. May be overridden. Line breaks in it become spaces. */
  getSubject(_record: LogRecord): string {
    return this.subject;
  }

  /** Without a formatter, line breaks are not escaped: a mail contains one record, so its lines cannot look like others. */
  override format(record: LogRecord): string {
    return this.formatter === undefined ? plainText(record) : super.format(record);
  }

  override describe(): string {
    const { host, port } = this.#settings.server;
    return `${super.describe()} ${host}:${port}`;
  }

  protected override payloadOf(record: LogRecord): Buffer {
    return loadMail().mailMessage({
      addresses: this.#settings.addresses,
      subject: this.getSubject(record),
      date: record.created,
      text: this.format(record),
    });
  }

  protected override sizeOf(message: Buffer): number {
    return message.length;
  }

  protected override createTransport(): SmtpTransport {
    const { server, from, to } = this.#settings;
    return new (loadMail().SmtpTransport)({
      owner: this.constructor.name,
      server,
      from,
      to,
      onRefused: (error) =>
        diagnostics.report({
          source: this.describe(),
          what: 'a recipient was refused, the others have the mail',
          error,
        }),
    });
  }
}

describeHandler(SMTPHandler, SMTP_SPEC, { arguments: MAIL_ARGUMENTS, together: mailSettingsOf });
