import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../lib/outbox/outbox';
import { OUTBOX_SPEC } from '../../lib/outbox/outbox-options';
import { SendFailure, type Transport } from '../../lib/outbox/transport';
import { readOptions } from '../../lib/internal/options';

type Random = (below: number) => number;

function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Does anything that a transport may do. */
class UnreliableTransport implements Transport<number> {
  readonly batchSize = 7;
  readonly delivered: number[] = [];
  readonly refused: number[] = [];
  readonly connected = true;
  readonly #random: Random;
  isReliable = false;

  constructor(random: Random) {
    this.#random = random;
  }

  async deliver(payloads: readonly number[], signal: AbortSignal): Promise<void> {
    for (let turns = this.#random(3); turns > 0; turns--) await nextTurn();
    signal.throwIfAborted();
    const kind = this.isReliable ? 0 : this.#random(6);
    if (kind < 3) return void this.delivered.push(...payloads);
    if (kind === 3) throw new Error('down');
    const delivered = this.#random(payloads.length + 1);
    this.delivered.push(...payloads.slice(0, delivered));
    const drop = kind === 5;
    if (drop) this.refused.push(...payloads.slice(delivered, delivered + 1));
    throw new SendFailure('broken', { delivered, drop });
  }

  deliverSync(payloads: readonly number[]): number {
    const taken = this.#random(payloads.length + 1);
    this.delivered.push(...payloads.slice(0, taken));
    return taken;
  }

  async close(): Promise<void> {
    for (let turns = this.#random(3); turns > 0; turns--) await nextTurn();
  }
}

describe('Outbox, whatever happens', () => {
  it.each(Array.from({ length: 40 }, (_, at) => at + 1))(
    'counts each payload once, keeps the order and delivers no payload twice (%d)',
    async (seed) => {
      const random = randomFrom(seed * 7919);
      const transport = new UnreliableTransport(random);
      const overflow = random(2) === 0 ? 'drop-oldest' : 'drop-newest';
      const limits = { maxQueued: 5 + random(30), maxQueuedBytes: 50 + random(200), overflow } as const;
      const pauses = { retryStart: 0.001, retryMax: 0.002, flushTimeout: random(2) === 0 ? 0.003 : 1 };
      const options = readOptions(OUTBOX_SPEC, { ...limits, ...pauses }, 'Test');
      const outbox = new Outbox({ report: () => {}, recovered: () => {} }, transport, options);
      const closes: Promise<void>[] = [];
      let put = 0;
      for (let step = 0; step < 200; step++) {
        const kind = random(20);
        if (kind < 14) for (let left = random(12); left > 0; left--) outbox.put(put++, random(12));
        else if (kind === 14) closes.push(outbox.flush());
        else if (kind === 15) closes.push(outbox.close());
        else if (kind === 16) outbox.flushSync();
        else await nextTurn();
        expect(outbox.stats().queued).toBeLessThanOrEqual(limits.maxQueued);
        expect(outbox.stats().queuedBytes).toBeLessThanOrEqual(limits.maxQueuedBytes);
      }
      await Promise.all(closes);
      transport.isReliable = true;
      await outbox.close();

      const { sent, queued, queuedBytes, dropped } = outbox.stats();
      expect([queued, queuedBytes]).toEqual([0, 0]);
      expect(sent).toBe(transport.delivered.length);
      expect(dropped.refused).toBe(transport.refused.length);
      expect(sent + dropped.overflow + dropped.refused + dropped.closed).toBe(put);
      expect(transport.delivered).toEqual(
        [...new Set(transport.delivered)].toSorted((one, other) => one - other),
      );
    },
  );
});
