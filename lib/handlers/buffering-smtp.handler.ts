/** Sends many records in one mail. */
import { describeHandler } from '../core/class-descriptions';
import { diagnostics } from '../core/diagnostics';
import { openHandlers, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import { level, type LevelInput } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { lazy } from '../internal/lazy';
import { accepting, readOptions, type Settings, type SpecOf } from '../internal/options';
import type { DeliveryStats } from '../outbox/outage';
import type { Outbox } from '../outbox/outbox';
import { MAX_TIMER_MS, OUTBOX_SPEC, type OutboxOptions } from '../outbox/outbox-options';
import { BufferingHandler } from './buffering.handler';
import { MAIL_ARGUMENTS, MAIL_SPEC, mailSettingsOf, type MailOptions } from './smtp.handler';
import type { DigestEntry, DigestTransport, MailLimit } from './mail/digest';
import type { MailSettings } from './mail/mail-settings';

const loadMail = lazy(() => require('./mail') as typeof import('./mail'));

export interface BufferingSMTPHandlerOptions extends HandlerOptions, OutboxOptions, MailOptions {
  /** Records in one mail. A mail is sent when this many wait. @defaultValue 100 */
  readonly capacity?: number;
  /** How long a record waits for others at most, in ms. `Infinity` means no limit. @defaultValue 60000 */
  readonly intervalMs?: number;
  /** A record of this level or above is mailed at once, together with the waiting ones. @defaultValue CRITICAL */
  readonly flushLevel?: LevelInput;
  /**
   * Most mails in any 60 minutes. `Infinity` means no limit. Further records wait, up to `maxQueued`, for one later mail.
   * @defaultValue 60
   */
  readonly maxMailsPerHour?: number;
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value >= 1;
}

const BUFFERING_SMTP_SPEC = {
  ...HANDLER_SPEC,
  ...OUTBOX_SPEC,
  ...MAIL_SPEC,
  capacity: accepting('an integer', (value): value is number => Number.isSafeInteger(value), {
    fallback: 100,
  }),
  intervalMs: accepting(
    `a number from 1 to ${MAX_TIMER_MS}, or Infinity`,
    (value): value is number => isPositive(value) && (value <= MAX_TIMER_MS || value === Infinity),
    { fallback: 60_000 },
  ),
  flushLevel: level('CRITICAL'),
  maxMailsPerHour: accepting(
    'a positive integer, or Infinity',
    (value): value is number => isPositive(value) && (Number.isInteger(value) || value === Infinity),
    { fallback: 60 },
  ),
} satisfies SpecOf<BufferingSMTPHandlerOptions>;

/** The server and the addresses. @throws ConfigurationError that names the invalid option */
function digestSettings(
  owner: string,
  settings: Settings<typeof BUFFERING_SMTP_SPEC & typeof MAIL_ARGUMENTS>,
): MailSettings {
  const { capacity, maxQueued } = settings;
  if (capacity <= maxQueued) return mailSettingsOf(owner, settings);
  throw new ConfigurationError(
    `${owner}: "capacity" must be at most "maxQueued" (${maxQueued}), got ${capacity}.`,
  );
}

interface Delivery {
  readonly outbox: Outbox<DigestEntry>;
  readonly transport: DigestTransport;
}

/**
 * The BufferingSMTPHandler of Python's logging cookbook: sends one mail for each `capacity` records, and the rest at
 * `close`. Also sends a mail after `intervalMs`, and at once for a record of `flushLevel` or above. Needs the package
 * `nodemailer`.
 *
 * Records are kept by reference and formatted when the mail is composed, as in Python. If the process ends without
 * {@link shutdown}, the waiting records are lost, and this is reported.
 *
 * Differs from the cookbook:
 * - A mail that cannot be sent is tried again with its records. The cookbook drops them. After an outage, one mail
 *   contains all waiting records.
 * - At most `maxMailsPerHour` mails are sent. Mails of `flush()` and `close()` are not limited. When `maxQueued` records
 *   wait, the oldest is dropped, and the next mail says how many records are missing.
 * - It also has the options of SMTPHandler.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` or `ERR_LOG_LEVEL` for an invalid option, `ERR_LOG_MISSING_PEER` without
 * nodemailer.
 * @example
 * logger.addHandler(
 *   new BufferingSMTPHandler('mail.example.com', {
 *     fromaddr: 'app@example.com',
 *     toaddrs: 'ops@example.com',
 *     subject: 'Errors of the shop',
 *     level: 'ERROR',
 *     maxMailsPerHour: 12,
 *   }),
 * );
 */
export class BufferingSMTPHandler extends BufferingHandler {
  readonly subject: string;
  readonly intervalMs: number;
  readonly maxMailsPerHour: number;
  flushLevel: number;
  readonly #settings: MailSettings;
  readonly #limits: Required<OutboxOptions>;
  readonly #mails: MailLimit;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the timer waits until the limit allows another mail. */
  #isLimited = false;
  #delivery: Delivery | undefined;
  #overflow = 0;
  /** How many dropped records the sent mails have mentioned, and how many after the current mail. */
  #told = { sent: 0, underWay: 0 };

  constructor(
    mailhost: string | readonly [host: string, port?: number | null],
    options: BufferingSMTPHandlerOptions,
  ) {
    const owner = new.target.name;
    const read = readOptions(BUFFERING_SMTP_SPEC, options, new.target);
    const settings = digestSettings(owner, { ...read, mailhost });
    super(read.capacity, options);
    this.subject = settings.subject;
    this.intervalMs = read.intervalMs;
    this.maxMailsPerHour = read.maxMailsPerHour;
    this.flushLevel = read.flushLevel;
    this.#settings = settings;
    this.#limits = read;
    this.#mails = new (loadMail().MailLimit)(read.maxMailsPerHour, { now: () => performance.now() });
  }

  /** Returns the subject of the mail with these records. May be overridden. Line breaks in it become spaces. */
  getSubject(_records: readonly LogRecord[]): string {
    return this.subject;
  }

  override shouldFlush(record: LogRecord): boolean {
    return super.shouldFlush(record) || record.levelno >= this.flushLevel;
  }

  override emit(record: LogRecord): void {
    // The handler is in use again, so shutdown must flush it.
    if (this.closed) openHandlers.add(this);
    if (!this.#makeRoom(record)) return;
    this.buffer.push(record);
    if (this.#isLimited) return;
    if (this.shouldFlush(record)) this.#mailIfAllowed();
    else if (this.intervalMs !== Infinity) this.#wait(this.intervalMs);
  }

  /** Mails all waiting records, regardless of the limit. Resolves after `flushTimeout` s at the latest. */
  override async flush(): Promise<void> {
    this.#mail();
    await this.#delivery?.outbox.flush();
  }

  /** Reports the waiting records, since no mail can be sent at the end of the process. */
  override flushSync(): void {
    this.#mail();
    this.#delivery?.outbox.flushSync();
  }

  /** Mails all waiting records, drops and reports those not delivered in time, and closes the connection. */
  override async close(): Promise<void> {
    await super.close();
    await this.#delivery?.outbox.close();
  }

  /** Counts all records. Records that wait for a mail count as queued. */
  stats(): DeliveryStats {
    const { outbox } = this.#opened();
    const stats = outbox.stats();
    return {
      ...stats,
      queued: stats.queued + this.buffer.length,
      dropped: { ...stats.dropped, overflow: stats.dropped.overflow + this.#overflow },
    };
  }

  override describe(): string {
    const { host, port } = this.#settings.server;
    return `${super.describe()} ${host}:${port}`;
  }

  #makeRoom(record: LogRecord): boolean {
    const { maxQueued, overflow } = this.#limits;
    if (this.buffer.length < maxQueued) return true;
    const dropped = overflow === 'drop-newest' ? record : this.buffer.shift();
    this.#overflow++;
    this.handleError(dropped ?? record, new DeliveryError(`${maxQueued} records already wait for a mail`));
    return dropped !== record;
  }

  #wait(ms: number): void {
    this.#timer ??= setTimeout(() => this.#mailIfAllowed(), ms).unref();
  }

  #mailIfAllowed(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waitMs = this.#mails.waitMs;
    this.#isLimited = waitMs > 0;
    if (this.#isLimited) this.#wait(waitMs);
    else this.#mail();
  }

  /** Passes all waiting records to the outbox, which sends them by mail. */
  #mail(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLimited = false;
    const records = this.buffer;
    if (records.length === 0) return;
    this.buffer = [];
    this.#mails.count();
    const { outbox, transport } = this.#opened();
    if (records.length > this.capacity) transport.catchUp();
    for (const record of records) {
      const text = this.#textOf(record);
      if (text !== undefined) outbox.put({ record, text }, Buffer.byteLength(text));
    }
  }

  #textOf(record: LogRecord): string | undefined {
    try {
      return this.format(record);
    } catch (error) {
      this.handleError(record, error);
      return undefined;
    }
  }

  #opened(): Delivery {
    return (this.#delivery ??= this.#open());
  }

  #open(): Delivery {
    const { DigestTransport, Outbox, SmtpTransport } = loadMail();
    const { server, from, to } = this.#settings;
    const report = (what: string, error?: unknown): void =>
      diagnostics.report({ source: this.describe(), what, error });
    const mails = new SmtpTransport({
      owner: this.constructor.name,
      server,
      from,
      to,
      onRefused: (error) => report('a recipient was refused, the others have the mail', error),
    });
    const transport = new DigestTransport({
      mails,
      capacity: this.capacity,
      compose: (entries) => this.#compose(entries),
      onSent: () => (this.#told.sent = this.#told.underWay),
    });
    const recovered = (what: string): void => diagnostics.recovered({ source: this.describe(), what });
    return { outbox: new Outbox({ report, recovered }, transport, this.#limits), transport };
  }

  #compose(entries: readonly DigestEntry[]): Buffer {
    const { addresses } = this.#settings;
    const { overflow, refused } = this.stats().dropped;
    this.#told.underWay = overflow + refused;
    const left = this.#told.underWay - this.#told.sent;
    const note = left === 0 ? [] : [`[${left} ${left === 1 ? 'record was' : 'records were'} left out]`];
    const text = [...note, ...entries.map((entry) => entry.text)].join('\n');
    const subject = this.#subjectOf(entries);
    return loadMail().mailMessage({ addresses, subject, date: Date.now() / 1000, text });
  }

  #subjectOf(entries: readonly DigestEntry[]): string {
    try {
      return this.getSubject(entries.map(({ record }) => record));
    } catch (error) {
      diagnostics.report({ source: this.describe(), what: 'getSubject threw, "subject" is used', error });
      return this.subject;
    }
  }
}

describeHandler(BufferingSMTPHandler, BUFFERING_SMTP_SPEC, {
  module: null,
  arguments: MAIL_ARGUMENTS,
  together: digestSettings,
});
