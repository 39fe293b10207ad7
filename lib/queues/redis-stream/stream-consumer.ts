/** Hands out what a group's reader finds, and sees each entry to its end: acknowledged, handed out again, or set aside. */
import type { LogRecord } from '../../core/log-record';
import { ConfigurationError } from '../../errors';
import { isError } from '../../internal/foreign';
import { decodeRecord } from '../record-data';
import type { Delivery } from '../log-queue';
import type { GroupReader, HandedOut } from './group-reader';
import type { RedisConnection } from './redis-connection';

export interface StreamConsumerOptions {
  /** A record that failed so often is set aside. */
  readonly maxDeliveries: number;
  /** Do not wait: without a record `take` resolves with none, and rejects when Redis cannot be asked. */
  readonly untilEmpty: boolean;
  readonly report: (what: string, error?: unknown) => void;
  readonly recovered: (what: string) => void;
}

/** Pause after a failure, in ms; doubled up to the longest, so that a Redis that starts is found within that time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

interface Refused {
  readonly entry: HandedOut;
  readonly error: unknown;
}

/** Resolves with the work, which does not fail, or when the signal is aborted. */
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

/** One turn of reading at a time. An acknowledgement that does not arrive is sent again before the next turn. */
export class StreamConsumer {
  readonly #connection: RedisConnection;
  readonly #reader: GroupReader;
  readonly #options: StreamConsumerOptions;
  /** Read, and not handed out yet. */
  #ready: HandedOut[] = [];
  /** Handed out and not known to be acknowledged: what of it is read again is passed over. */
  readonly #held = new Set<string>();
  #acknowledged: string[] = [];
  #refused: Refused[] = [];
  #turn: Promise<void> | undefined;
  /** Why the last turn failed. */
  #failure: Error | undefined;
  #foundNothing = false;
  #settling: Promise<void> = Promise.resolve();
  #scheduled = false;
  #pauseMs = 0;
  #endPause: (() => void) | undefined;
  #closed = false;
  /** What came of the entries so far. */
  readonly counts = { received: 0, repeated: 0, acknowledged: 0, setAside: 0 };

  constructor(connection: RedisConnection, reader: GroupReader, options: StreamConsumerOptions) {
    this.#connection = connection;
    this.#reader = reader;
    this.#options = options;
  }

  /** The next records. Waits for them, and keeps the process alive meanwhile, until the signal is aborted. */
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

  /** Acknowledges what was handled and lets others have the rest. @throws when Redis cannot be told. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause?.();
    await this.#turn;
    if (this.#connection.count === 0) return;
    await this.#settle();
    await this.#reader.release(this.#ready.map(({ id }) => id));
    await this.#reader.leave();
  }

  /** One turn, unless there is something ready. Returns whether another may bring something. */
  async #fill(signal: AbortSignal): Promise<boolean> {
    if (this.#ready.length > 0) return false;
    if (signal.aborted || this.#closed) return false;
    this.#turn ??= this.#read().finally(() => (this.#turn = undefined));
    await untilAborted(this.#turn, signal);
    if (signal.aborted) this.#endPause?.();
    // A package that is missing does not come by waiting.
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
    // Its consumers died of it, so that nobody could say so.
    if (tries > this.#options.maxDeliveries) {
      this.#refuse(entry, 'it was handed out and neither acknowledged nor refused');
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
    // The group still has it for this consumer: after its time it is claimed like that of a dead one.
    else this.#held.delete(entry.id);
  }

  #refuse(entry: HandedOut, error: unknown): void {
    this.#refused.push({ entry, error });
    this.#settleSoon();
  }

  /** Once for all that a listener acknowledges in one go. */
  #settleSoon(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // What fails waits for the next turn, which tells.
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
