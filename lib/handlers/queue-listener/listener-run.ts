/** The work of a QueueListener between start and stop. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { diagnostics } from '../../core/diagnostics';
import { ConfigurationError } from '../../errors';
import type { Delivery, LogQueue } from '../../queues/log-queue';

export interface ListenerRunOptions {
  /** Name in reports. */
  readonly owner: string;
  /** Milliseconds of handling in one turn of the event loop. */
  readonly turnMs: number;
  /** Passes the record to the handlers. Returns their error if one fails. */
  readonly deliver: (delivery: Delivery) => { readonly error: unknown } | undefined;
  /** Awaited before a batch is acknowledged. Without it, each record is acknowledged as soon as it is handled. */
  readonly beforeAck?: () => Promise<void>;
}

/** A handled record and its result. */
interface Handled {
  readonly delivery: Delivery;
  readonly failure: { readonly error: unknown } | undefined;
}

/** Pause after an empty batch, in ms. The queue should have waited itself. */
const EMPTY_PAUSE_MS = 20;
/** Pause after the first failure of a queue, in ms. Each further failure doubles it. */
const FAILURE_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/** Reads batches from the queue until it is ended or the queue is closed. */
export class ListenerRun {
  readonly #queue: LogQueue;
  readonly #options: ListenerRunOptions;
  readonly #abort = new AbortController();
  /** The current batch. `drainSync` may continue where a turn ended. */
  #batch: readonly Delivery[] = [];
  #at = 0;
  #handled: Handled[] = [];
  #acks: Promise<void>[] = [];
  /** Records to handle after `end` was called. */
  #left = 0;

  constructor(queue: LogQueue, options: ListenerRunOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /** `consume` still handles the waiting records. */
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

  /** Handles the records that would be lost with the process, synchronously. */
  drainSync(): void {
    if (this.#queue.dequeueSync === undefined) return;
    // Counted first, so that a handler that logs to this queue does not cause an endless loop.
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
      // Also before the first record, so that records are not handled in the turn that logs them.
      await nextTurn();
      this.#handleUntil(performance.now() + this.#options.turnMs);
    }
    if (this.#options.beforeAck !== undefined) await this.#options.beforeAck();
    this.#acknowledge();
    // Before the next batch, since the queue might deliver these records again.
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

  /** Acknowledges in the order of the records. */
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
    diagnostics.report({
      source: this.#options.owner,
      what: 'the queue did not accept an acknowledgement',
      error,
    });
  }

  /** Does not keep the process alive. `end` also ends it. */
  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#abort.signal, ref: false }).catch(() => undefined);
  }
}
