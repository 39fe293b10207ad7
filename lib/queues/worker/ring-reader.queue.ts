/** The worker's end of a WorkerQueue. */
import type { LogRecord } from '../../core/log-record';
import { diagnostics } from '../../core/diagnostics';
import { ConfigurationError } from '../../errors';
import type { Delivery, LogQueue } from '../log-queue';
import { decodeRecord } from '../record-data';
import { isAtMost, type SharedRing } from './shared-ring';

/** Records of one `dequeue`. */
const BATCH = 500;
/** Characters of one `dequeue`: large records must not fill the worker's memory together. */
const BATCH_CHARACTERS = 256 * 1024;

/**
 * Reads a ring from the first record that was not acknowledged, until another reader takes its place. It has no
 * `dequeueSync`: what a thread that ends has not handled stays in the ring for the next.
 */
export class RingReaderQueue implements LogQueue {
  readonly #ring: SharedRing;
  readonly #generation: number;
  readonly #aloneUpTo: number | undefined;
  #at: number;
  #closed = false;
  #wake: (() => void) | undefined;

  /** Each record up to the number `aloneUpTo` is a batch of its own. */
  constructor(ring: SharedRing, generation: number, aloneUpTo?: number) {
    this.#ring = ring;
    this.#generation = generation;
    this.#aloneUpTo = aloneUpTo;
    this.#at = ring.head;
  }

  /** The writer's to know. */
  get size(): number {
    return this.#ring.frameAt(this.#at) === undefined ? 0 : 1;
  }

  /** @throws ConfigurationError: records come from the other thread. */
  enqueue(_record: LogRecord): void {
    throw new ConfigurationError('RingReaderQueue: records come from the other end of the ring.');
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    while (!this.#isOver && !signal.aborted && this.#ring.goIdle(this.#at)) await this.#message(signal);
    return this.#isOver ? undefined : this.#take();
  }

  #take(): readonly Delivery[] {
    const batch: Delivery[] = [];
    for (let taken = 0, characters = 0; taken < BATCH && characters < BATCH_CHARACTERS; taken++) {
      const frame = this.#ring.frameAt(this.#at);
      if (frame === undefined) break;
      characters = isAtMost(frame.number, this.#aloneUpTo) ? Infinity : characters + frame.text.length;
      this.#at = frame.next;
      const ack = (): void => {
        if (!this.#isOver) this.#ring.release(frame);
      };
      const record = this.#decode(frame.text);
      if (record === undefined) ack();
      else batch.push({ record, ack });
    }
    return batch;
  }

  /** The writer has written, or has something to say. */
  wake(): void {
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }

  get #isOver(): boolean {
    return this.#closed || this.#ring.generation !== this.#generation;
  }

  #decode(text: string): LogRecord | undefined {
    try {
      return decodeRecord(text);
    } catch (error) {
      diagnostics.report({ source: 'WorkerQueue', what: 'a record could not be read', error });
      return undefined;
    }
  }

  #message(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
