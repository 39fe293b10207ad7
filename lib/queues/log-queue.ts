/** The interface of a queue of records, and the record that QueueHandler puts into one. */
import { LogRecord } from '../core/log-record';

/** A record that was taken from a queue, with functions that report its result to the queue. */
export interface Delivery {
  readonly record: LogRecord;
  /**
   * Called when the handlers have accepted the record. It need not be delivered again. A queue that removes a record when
   * it hands it out has no `ack`. A listener acknowledges in the order of the batch. A rejection is reported, and the
   * record may come again.
   */
  readonly ack?: () => void | Promise<void>;
  /** Called when a handler failed. The queue decides whether the record comes again. Without it, `ack` is called. */
  readonly nack?: (error: unknown) => void | Promise<void>;
}

/**
 * Carries records from a QueueHandler to a QueueListener, in the order in which they were put in. `encodeRecord` and
 * `decodeRecord` turn a record into text and back for a queue that leaves the process.
 *
 * For delivery at least once, a record is handed out by `dequeue`, handled, and then acknowledged with `ack`. The queue
 * hands
 * out a record again if its consumer ended without `ack`.
 */
export interface LogQueue {
  /**
   * Adds a record. It is called by a log call, so it does not wait: it returns when the record is stored, or returns a
   * promise of that. If it throws or rejects, the handler's `handleError` gets the error and the record is lost.
   */
  enqueue(record: LogRecord): void | Promise<void>;
  /**
   * Resolves with the next records, oldest first. Waits for the first one; the queue decides how many. `undefined` means
   * that the queue is closed and empty, an empty batch that nothing has come so far. When `signal` is aborted, it resolves
   * at once with the records that are there.
   */
  dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined>;
  /** `enqueue` encodes the record before it returns, so QueueHandler need not copy it. @defaultValue false */
  readonly encodes?: boolean;
  /** Waiting records of this process. */
  readonly size: number;
  /** Accepts no more records and releases resources. May be called twice. */
  close(): void | Promise<void>;
  /** Resolves when the added records have left the process or were handled, depending on the queue. */
  flush?(): void | Promise<void>;
  /** As `flush`, but synchronous, at the end of the process. */
  flushSync?(): void;
  /**
   * Returns the waiting records synchronously, at the end of the process. Only for a queue that ends with the process:
   * other queues deliver their records again.
   */
  dequeueSync?(): readonly Delivery[];
}

/** The parts of the text of a record, for the handlers behind the queue. */
export interface RecordParts {
  readonly message: string;
  readonly excInfo: unknown;
  readonly excText: string | undefined;
  readonly stackInfo: string | undefined;
}

/** The copy that QueueHandler makes. Its message is formatted, and it has no arguments and no exception. */
export class QueuedRecord extends LogRecord {
  /** Present if the text contains more than the message. */
  parts?: RecordParts;
  /** Name of the only handler behind the queue that gets it. */
  to?: string;

  /** Separates message, exception and stack again, so that a handler prints the same as without a queue. */
  restore(): this {
    const { parts } = this;
    if (parts === undefined) return this;
    delete this.parts;
    this.msg = parts.message;
    this.message = undefined;
    this.excInfo = parts.excInfo;
    this.excText = parts.excText;
    this.stackInfo = parts.stackInfo;
    return this;
  }
}
