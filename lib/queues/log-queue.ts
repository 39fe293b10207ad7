/** What a queue of records must be able to do; a user's own over Kafka or SQS takes some forty lines. */
import type { LogRecord } from '../core/log-record';

/** A record that was taken from a queue, and how to tell the queue what became of it. */
export interface Delivery {
  readonly record: LogRecord;
  /**
   * The handlers took the record: it need not be delivered again. A queue that forgets a record when it hands it out has
   * no `ack`. A listener acknowledges in the order of the batch; a rejection is reported and the record may come again.
   */
  readonly ack?: () => void | Promise<void>;
  /** A handler failed with the record; the queue decides whether it comes again. Left out: it is acknowledged. */
  readonly nack?: (error: unknown) => void | Promise<void>;
}

/**
 * Carries records from a QueueHandler to a QueueListener, in the order in which they were put in. `encodeRecord` and
 * `decodeRecord` turn a record into text and back for a queue that leaves the process.
 *
 * What must be delivered at least once is: handed out by `dequeue`, handled, then `ack` called. Whatever was handed out and
 * not acknowledged when its consumer died is handed out again, by the queue.
 */
export interface LogQueue {
  /**
   * Puts a record in. Called by a log call, so it does not wait: it returns when the record is held, or a promise of its
   * arrival. What it throws, or the promise rejects with, goes to the handler's `handleError`, and the record is lost.
   */
  enqueue(record: LogRecord): void | Promise<void>;
  /**
   * The next records, oldest first, as many as suit the queue; waits for the first. `undefined` says that the queue is
   * closed and empty, an empty batch that nothing came so far. Once `signal` is aborted it does not wait: it resolves with
   * what is at hand, or empty.
   */
  dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined>;
  /** `enqueue` writes the record as text before it returns, so QueueHandler need not copy it first. @defaultValue false */
  readonly encodes?: boolean;
  /** Records of this process that wait in it. */
  readonly size: number;
  /** Takes no more records, and releases what the queue holds open. May be called twice. */
  close(): void | Promise<void>;
  /** Resolves when what was put in has left the process, or was handled, whichever the queue is about. */
  flush?(): void | Promise<void>;
  /** The same without the event loop, as the process ends. */
  flushSync?(): void;
  /**
   * What is at hand, without the event loop, as the process ends. Only for a queue that ends with the process: what any
   * other one handed out is left to be delivered again.
   */
  dequeueSync?(): readonly Delivery[];
}
