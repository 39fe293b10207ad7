/** Sends mails with many records, and limits the number of mails per hour. */
import type { LogRecord } from '../../core/log-record';
import type { Clock } from '../../internal/clock';
import { SendFailure, type Transport } from '../../outbox/transport';

/** A record of a mail, and its text. */
export interface DigestEntry {
  readonly record: LogRecord;
  readonly text: string;
}

export interface DigestTransportOptions {
  readonly mails: Transport<Buffer>;
  /** Records per mail. A mail has more if records had to wait. */
  readonly capacity: number;
  /** Creates the mail with these records. Must not throw. */
  readonly compose: (entries: readonly DigestEntry[]) => Buffer;
  /** Called when the last composed mail is sent. */
  readonly onSent: () => void;
}

/** Maximum bytes of text in one mail; servers accept mails of 10 MiB and more. */
const MAIL_BYTES = 1024 * 1024;

/**
 * One mail contains `capacity` records. After an outage or a pause, one mail contains all waiting records, so that not
 * many mails are sent at once.
 */
export class DigestTransport implements Transport<DigestEntry> {
  readonly batchBytes = MAIL_BYTES;
  readonly #options: DigestTransportOptions;
  #isBehind = false;

  constructor(options: DigestTransportOptions) {
    this.#options = options;
  }

  get batchSize(): number {
    return this.#isBehind ? Number.MAX_SAFE_INTEGER : Math.max(this.#options.capacity, 1);
  }

  get connected(): boolean {
    return this.#options.mails.connected ?? false;
  }

  /** The next mail contains all waiting records. */
  catchUp(): void {
    this.#isBehind = true;
  }

  async deliver(entries: readonly DigestEntry[], signal: AbortSignal): Promise<void> {
    const { mails, compose, capacity, onSent } = this.#options;
    try {
      await mails.deliver([compose(entries)], signal);
    } catch (error) {
      const drop = error instanceof SendFailure && error.drop;
      if (!drop) this.#isBehind = true;
      const { message, cause = error } = error as Error;
      throw new SendFailure(message, { drop, dropCount: entries.length, cause });
    }
    // After a larger mail, more records may wait.
    if (entries.length <= capacity) this.#isBehind = false;
    onSent();
  }

  async close(): Promise<void> {
    await this.#options.mails.close();
  }
}

const HOUR_MS = 3_600_000;

/** At most `perHour` mails in any 60 minutes; `Infinity` means no limit. */
export class MailLimit {
  readonly #perHour: number;
  readonly #clock: Clock;
  /** Times of the mails of the last hour, oldest first. */
  #times: number[] = [];

  /** @param clock - a monotonic clock */
  constructor(perHour: number, clock: Clock) {
    this.#perHour = perHour;
    this.#clock = clock;
  }

  /** Milliseconds until the next mail may be sent; 0 if it may be sent now. */
  get waitMs(): number {
    const now = this.#clock.now();
    this.#times = this.#times.filter((time) => time > now - HOUR_MS);
    const [oldest = now] = this.#times.slice(-this.#perHour);
    return this.#times.length < this.#perHour ? 0 : oldest + HOUR_MS - now;
  }

  /** Counts a mail that is sent now, even if it exceeds the limit. */
  count(): void {
    if (this.#perHour !== Infinity) this.#times.push(this.#clock.now());
  }
}
