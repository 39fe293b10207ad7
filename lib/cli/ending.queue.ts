/** A queue for its listener, whose end the program learns of. */
import type { LogRecord } from '../core/log-record';
import { isError } from '../internal/foreign';
import type { Delivery, LogQueue } from '../queues';

/** Ends for the listener when the queue does, and when it fails, instead of being asked again. */
export class EndingQueue implements LogQueue {
  /** Resolves with undefined when the queue is at its end, with the error when it failed. */
  readonly ended: Promise<Error | undefined>;
  readonly #queue: LogQueue;
  #end: (error?: Error) => void = () => undefined;

  constructor(queue: LogQueue) {
    this.#queue = queue;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get size(): number {
    return this.#queue.size;
  }

  enqueue(record: LogRecord): void | Promise<void> {
    return this.#queue.enqueue(record);
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    try {
      const batch = await this.#queue.dequeue(signal);
      if (batch === undefined) this.#end();
      return batch;
    } catch (error) {
      this.#end(isError(error) ? error : new Error(String(error)));
      return undefined;
    }
  }

  close(): void | Promise<void> {
    return this.#queue.close();
  }
}
