/** Delivers the entries that a GroupReader reads, and acknowledges them, delivers them again, or sets them aside. */
import type { LogRecord } from '../../core/log-record';
import { ConfigurationError } from '../../errors';
import { isError } from '../../internal/foreign';
import type { Delivery } from '../log-queue';
import { decodeRecord } from '../record-data';
import type { GroupReader, HandedOut } from './group-reader';
import type { RedisConnection } from './redis-connection';

export interface StreamConsumerOptions {
  /** A record that failed this often is set aside. */
  readonly maxDeliveries: number;
  /** Do not wait: `take` resolves with no records if there are none, and rejects if Redis cannot be reached. */
  readonly untilEmpty: boolean;
  readonly report: (what: string, error?: unknown) => void;
  readonly recovered: (what: string) => void;
}

/** Pause after a failure, in ms. Doubled up to the longest, which is short so that a restart of Redis is noticed soon. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

interface Refused {
  readonly entry: HandedOut;
  readonly error: unknown;
}

/** Resolves when `work` is done, which must not reject, or when the signal is aborted. */
function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void work.then(done);
  });
}

/** Reads one batch at a time. An acknowledgement that fails is sent again before the next batch. */
export class StreamConsumer {
  readonly #connection: RedisConnection;
  readonly #reader: GroupReader;
  readonly #options: StreamConsumerOptions;
  /** Read, but not delivered yet. */
  #ready: HandedOut[] = [];
  /** Delivered and not acknowledged yet. If they are read again, they are skipped. */
  readonly #held = new Set<string>();
  #acknowledged: string[] = [];
  #refused: Refused[] = [];
  #turn: Promise<void> | undefined;
  /** Why the last read failed. */
  #failure: Error | undefined;
  #foundNothing = false;
  #settling: Promise<void> = Promise.resolve();
  #scheduled = false;
  #pauseMs = 0;
  #endPause: (() => void) | undefined;
  #closed = false;
  /** Results of the entries so far. */
  readonly counts = { received: 0, repeated: 0, acknowledged: 0, setAside: 0 };

  constructor(connection: RedisConnection, reader: GroupReader, options: StreamConsumerOptions) {
    this.#connection = connection;
    this.#reader = reader;
    this.#options = options;
  }

  /** Resolves with the next records. Waits and keeps the process alive until the signal is aborted. */
  async take(signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#connection.hold(true);
    try {
      for (;;) {
        const goesOn = await this.#fill(signal);
        const entries = this.#ready;
        this.#ready = [];
        const deliveries = entries.flatMap((entry) => this.#handOut(entry));
        if (deliveries.length > 0 || !goesOn) return deliveries;
      }
    } finally {
      this.#connection.hold(false);
    }
  }

  /** Acknowledges the handled entries and releases the others to other consumers. @throws if Redis cannot be reached. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause?.();
    await this.#turn;
    if (this.#connection.count === 0) return;
    await this.#settle();
    await this.#reader.release(this.#ready.map(({ id }) => id));
    await this.#reader.leave();
  }

  /** Reads once, unless entries are ready. Returns whether another read may find some. */
  async #fill(signal: AbortSignal): Promise<boolean> {
    if (this.#ready.length > 0) return false;
    if (signal.aborted || this.#closed) return false;
    this.#turn ??= this.#read().finally(() => (this.#turn = undefined));
    await untilAborted(this.#turn, signal);
    if (signal.aborted) this.#endPause?.();
    // Waiting does not help if the package `redis` is missing.
    const isFinal = this.#options.untilEmpty || this.#failure instanceof ConfigurationError;
    if (this.#failure !== undefined && isFinal && !signal.aborted) throw this.#failure;
    if (!this.#options.untilEmpty) return true;
    return !this.#foundNothing;
  }

  async #read(): Promise<void> {
    try {
      await this.#settle();
      const entries = await this.#reader.next();
      this.#foundNothing = entries.length === 0;
      this.#ready.push(...entries.filter(({ id }) => !this.#held.has(id)));
      if (this.#pauseMs > 0) this.#options.recovered('the stream can be read again');
      this.#pauseMs = 0;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = isError(error) ? error : new Error(String(error));
      this.#connection.close();
      const isFinal = this.#options.untilEmpty || error instanceof ConfigurationError;
      if (!this.#closed && !isFinal) await this.#waitAfter(error);
    }
  }

  async #waitAfter(error: unknown): Promise<void> {
    if (this.#pauseMs === 0) this.#options.report('the stream cannot be read, which is tried again', error);
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), LONGEST_PAUSE_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#pauseMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #handOut(entry: HandedOut): Delivery[] {
    const { id, tries } = entry;
    this.#held.add(id);
    this.counts.received++;
    if (tries > 1) this.counts.repeated++;
    // Its consumers ended without a result, perhaps because of this record.
    if (tries > this.#options.maxDeliveries) {
      this.#refuse(entry, 'it was delivered, but neither acknowledged nor refused');
      return [];
    }
    let record: LogRecord;
    try {
      record = decodeRecord(entry.text ?? '');
    } catch (error) {
      this.#refuse(entry, error);
      return [];
    }
    return [{ record, ack: () => this.#acknowledge(id), nack: (error) => this.#fail(entry, error) }];
  }

  #acknowledge(id: string): void {
    this.#acknowledged.push(id);
    this.#settleSoon();
  }

  #fail(entry: HandedOut, error: unknown): void {
    if (entry.tries >= this.#options.maxDeliveries) this.#refuse(entry, error);
    // It stays pending for this consumer. After `claimAfter` it is claimed again.
    else this.#held.delete(entry.id);
  }

  #refuse(entry: HandedOut, error: unknown): void {
    this.#refused.push({ entry, error });
    this.#settleSoon();
  }

  /** Once for all acknowledgements of one turn. */
  #settleSoon(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // A failure is tried again with the next read, which reports it.
      this.#settle().catch(() => undefined);
    });
  }

  #settle(): Promise<void> {
    const settled = this.#settling.then(() => this.#tellRedis());
    this.#settling = settled.catch(() => undefined);
    return settled;
  }

  async #tellRedis(): Promise<void> {
    while (this.#acknowledged.length > 0) {
      const ids = [...this.#acknowledged];
      await this.#reader.acknowledge(ids);
      this.#acknowledged = this.#acknowledged.slice(ids.length);
      this.counts.acknowledged += ids.length;
      for (const id of ids) this.#held.delete(id);
    }
    for (let refused = this.#refused[0]; refused !== undefined; refused = this.#refused[0]) {
      await this.#setAside(refused);
      this.#refused.shift();
    }
  }

  async #setAside({ entry, error }: Refused): Promise<void> {
    await this.#reader.setAside(entry, String(error));
    this.#held.delete(entry.id);
    this.counts.setAside++;
    const times = entry.tries === 1 ? 'once' : `${entry.tries} times`;
    this.#options.report(`a record that was tried ${times} was set aside`, error);
  }
}
