/** What a listener does between start and stop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { diagnostics } from '../../core/diagnostics';
import { ConfigurationError } from '../../errors';
import type { Delivery, LogQueue } from '../../queues/log-queue';

export interface ListenerRunOptions {
  /** Who is named in reports. */
  readonly owner: string;
  /** Milliseconds of handling in one turn of the event loop. */
  readonly turnMs: number;
  /** Hands the record to the handlers; returns the error they failed with. */
  readonly deliver: (delivery: Delivery) => { readonly error: unknown } | undefined;
  /** Awaited between handling a batch and acknowledging it; without it each record is acknowledged when handled. */
  readonly beforeAck?: () => Promise<void>;
}

/** A record that was handled, and how. */
interface Handled {
  readonly delivery: Delivery;
  readonly failure: { readonly error: unknown } | undefined;
}

/** Between two questions to a queue that had nothing, in ms: it should have waited itself. */
const EMPTY_PAUSE_MS = 20;
/** After the first failure of a queue, doubled with each further one, in ms. */
const FAILURE_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** Takes batches out of the queue until it is ended, or the queue is closed. */
export class ListenerRun {
  readonly #queue: LogQueue;
  readonly #options: ListenerRunOptions;
  readonly #abort = new AbortController();
  /** What was taken and is being handled; `drainSync` may go on where a turn ended. */
  #batch: readonly Delivery[] = [];
  #at = 0;
  #handled: Handled[] = [];
  #acks: Promise<void>[] = [];
  /** Records to handle after the end was asked for. */
  #left = 0;

  constructor(queue: LogQueue, options: ListenerRunOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** What waits now is still handled by `consume`. */
  end(): void {
    this.#left = this.#queue.size;
    this.#abort.abort();
  }

  /** Never rejects. */
  async consume(): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted || this.#left > 0) {
      try {
        const batch = await this.#queue.dequeue(signal);
        failures = 0;
        if (batch === undefined || (batch.length === 0 && signal.aborted)) return;
        if (batch.length === 0) await this.#pause(EMPTY_PAUSE_MS);
        else await this.#handleBatch(batch);
      } catch (error) {
        diagnostics.report({ source: this.#options.owner, what: 'the queue gave no records', error });
        if (signal.aborted || error instanceof ConfigurationError) return;
        await this.#pause(Math.min(FAILURE_PAUSE_MS * 2 ** failures++, MAX_PAUSE_MS));
      }
    }
  }

  /** Handles what would be gone with the process, without the event loop. */
  drainSync(): void {
    if (this.#queue.dequeueSync === undefined) return;
    // Counted before: a handler that logs into this queue must not make this endless.
    let left = this.#queue.size;
    this.#handleUntil(Infinity);
    this.#acknowledge();
    while (left > 0) {
      const batch = this.#queue.dequeueSync();
      if (batch.length === 0) return;
      left -= batch.length;
      this.#take(batch);
      this.#handleUntil(Infinity);
      this.#acknowledge();
    }
  }

  #take(batch: readonly Delivery[]): void {
    this.#batch = batch;
    this.#at = 0;
  }

  async #handleBatch(batch: readonly Delivery[]): Promise<void> {
    if (this.#abort.signal.aborted) this.#left -= batch.length;
    this.#take(batch);
    while (this.#at < this.#batch.length) {
      // Before the first record too: what was logged in this turn is not handled in it.
      await nextTurn();
      this.#handleUntil(performance.now() + this.#options.turnMs);
    }
    if (this.#options.beforeAck !== undefined) await this.#options.beforeAck();
    this.#acknowledge();
    // Acknowledged before the next are asked for: a queue that redelivers would send them again.
    await Promise.all(this.#acks.splice(0));
  }

  #handleUntil(deadline: number): void {
    const waitsForFlush = this.#options.beforeAck !== undefined;
    while (this.#at < this.#batch.length) {
      const delivery = this.#batch[this.#at++] as Delivery;
      const handled = { delivery, failure: this.#options.deliver(delivery) };
      if (waitsForFlush) this.#handled.push(handled);
      else this.#settle(handled);
      if (performance.now() >= deadline) return;
    }
  }

  /** In the order of the records. */
  #acknowledge(): void {
    for (const handled of this.#handled.splice(0)) this.#settle(handled);
  }

  #settle({ delivery, failure }: Handled): void {
    try {
      const settled =
        failure !== undefined && delivery.nack !== undefined
          ? delivery.nack(failure.error)
          : delivery.ack?.();
      if (settled instanceof Promise)
        this.#acks.push(settled.catch((error: unknown) => this.#ackFailed(error)));
    } catch (error) {
      this.#ackFailed(error);
    }
  }

  #ackFailed(error: unknown): void {
    diagnostics.report({ source: this.#options.owner, what: 'the queue took no acknowledgement', error });
  }

  /** Does not keep the process alive, and is over when the end is asked for. */
  #pause(ms: number): Promise<void> {
    const { signal } = this.#abort;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms).unref();
      signal.addEventListener('abort', over, { once: true });
    });
  }
}
