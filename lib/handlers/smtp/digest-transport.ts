/** Sends many records as one mail. */
import type { LogRecord } from '../../core/log-record';
import { SendFailure, type Transport } from '../../outbox/transport';

/** A record of a digest, and its text. */
export interface DigestEntry {
  readonly record: LogRecord;
  readonly text: string;
}

export interface DigestTransportOptions {
  /** Sends the mails. */
  readonly mails: Transport<Buffer>;
  /** Records in one mail, as long as none had to wait. */
  readonly capacity: number;
  /** The mail with these records. Must not throw. */
  readonly compose: (entries: readonly DigestEntry[]) => Buffer;
  /** Called when the mail that was composed last is sent. */
  readonly onSent: () => void;
}

/** Most text in one mail, in bytes; servers take mails of 10 MiB and more. */
const MAIL_BYTES = 1024 * 1024;

/**
 * One mail holds `capacity` records. After an outage, or a pause, one holds all that waits, so that the mails of hours
 * do not come at once.
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

  /** Has the next mail hold all that waits. */
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
    // A full mail may have left others behind.
    if (entries.length <= capacity) this.#isBehind = false;
    onSent();
  }

  async close(): Promise<void> {
    await this.#options.mails.close();
  }
}
