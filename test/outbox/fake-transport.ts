/** A transport that does what a test tells it to, and remembers what it was given. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Transport } from '../../lib/outbox/transport';

export class FakeTransport implements Transport<string> {
  readonly batchSize: number;
  /** What arrived, in order. */
  readonly delivered: string[] = [];
  /** The batches of all attempts. */
  readonly attempts: (readonly string[])[] = [];
  closes = 0;
  /** Payloads that are taken at most without waiting. */
  syncLimit = Number.POSITIVE_INFINITY;
  connected = false;
  pending = 0;
  onPending: (() => void) | undefined;
  /** What the next attempts fail with, first to last; after them they succeed. */
  readonly failures: unknown[] = [];
  /** Fails every attempt as long as it is set. */
  down: Error | undefined;
  /** An attempt waits until it is released, or aborted. */
  held: Promise<void> | undefined;

  #isClosing = false;
  #isDelivering = false;

  constructor(batchSize = 100) {
    this.batchSize = batchSize;
  }

  async deliver(payloads: readonly string[], signal: AbortSignal): Promise<void> {
    if (this.#isClosing || this.#isDelivering) throw new Error('called while it was busy');
    this.#isDelivering = true;
    try {
      await this.#attempt(payloads, signal);
    } finally {
      this.#isDelivering = false;
    }
  }

  async #attempt(payloads: readonly string[], signal: AbortSignal): Promise<void> {
    this.attempts.push(payloads);
    if (this.held !== undefined) await Promise.race([this.held, aborted(signal)]);
    const failure = this.failures.shift() ?? this.down;
    if (failure !== undefined) {
      const delivered = (failure as { delivered?: number }).delivered ?? 0;
      this.delivered.push(...payloads.slice(0, delivered));
      throw failure;
    }
    this.delivered.push(...payloads);
    this.pending = 0;
  }

  deliverSync(payloads: readonly string[]): number {
    if (this.down !== undefined) return 0;
    const taken = payloads.slice(0, this.syncLimit);
    this.delivered.push(...taken);
    return taken.length;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await wait(1);
    this.#isClosing = false;
    this.closes++;
    this.pending = 0;
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}
