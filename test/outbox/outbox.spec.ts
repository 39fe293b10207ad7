import { describe, expect, it } from 'vitest';
import { Outbox } from '../../lib/outbox/outbox';
import { OUTBOX_SPEC, type OutboxOptions } from '../../lib/outbox/outbox-options';
import { SendFailure } from '../../lib/outbox/transport';
import { until } from '../support/until';
import { readOptions } from '../../lib/internal/options';
import { FakeTransport } from './fake-transport';

interface Trial {
  readonly outbox: Outbox<string>;
  readonly transport: FakeTransport;
  readonly reports: string[];
  readonly recoveries: string[];
}

/** Pauses of a few milliseconds, and payloads of one byte each unless said. */
function trial(options: OutboxOptions = {}, transport = new FakeTransport()): Trial {
  const reports: string[] = [];
  const recoveries: string[] = [];
  const owner = {
    report: (what: string, error?: unknown) =>
      void reports.push(error === undefined ? what : `${what}: ${String(error)}`),
    recovered: (what: string) => void recoveries.push(what),
  };
  const checked = readOptions(OUTBOX_SPEC, { retryStart: 0.005, retryMax: 0.02, ...options }, 'Test');
  return { outbox: new Outbox(owner, transport, checked), transport, reports, recoveries };
}

function putAll(outbox: Outbox<string>, ...payloads: readonly string[]): void {
  for (const payload of payloads) outbox.put(payload, 1);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));
const zero = { overflow: 0, refused: 0, closed: 0 };

/** Every payload is in exactly one place. */
function total({ outbox }: Trial): number {
  const { sent, queued, dropped } = outbox.stats();
  return sent + queued + dropped.overflow + dropped.refused + dropped.closed;
}

describe('Outbox', () => {
  it('delivers the payloads of one turn in order, in batches', async () => {
    const { outbox, transport } = trial({}, new FakeTransport(4));

    putAll(outbox, ...numbers(10));
    expect(transport.attempts).toEqual([]);
    await outbox.flush();

    expect(transport.attempts.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(transport.delivered).toEqual(numbers(10));
    expect(outbox.stats()).toEqual({
      queued: 0,
      queuedBytes: 0,
      sent: 10,
      retried: 0,
      unconfirmed: 0,
      dropped: zero,
      connected: false,
    });
  });

  it('tries again after a failure, and reports the outage and its end once', async () => {
    const { outbox, transport, reports, recoveries } = trial();
    transport.failures.push(new Error('down 1'), new Error('down 2'), new Error('down 3'));

    putAll(outbox, 'a', 'b');
    await outbox.flush();

    expect(transport.delivered).toEqual(['a', 'b']);
    expect(reports).toEqual(['delivery failed, 2 records wait: Error: down 1']);
    expect(recoveries).toEqual([
      expect.stringMatching(
        /^delivering again after \d\.\d s: 2 records delivered, 0 dropped \(0 since the start\)$/,
      ),
    ]);
  });

  it('continues after the delivered part of a batch', async () => {
    const { outbox, transport } = trial();
    transport.failures.push(new SendFailure('broken off', { delivered: 2 }));

    putAll(outbox, ...numbers(5));
    await outbox.flush();

    expect(transport.delivered).toEqual(numbers(5));
    expect(transport.attempts[1]).toEqual(['2', '3', '4']);
    expect(outbox.stats().sent).toBe(5);
  });

  it('drops a payload that is refused permanently, reports it, and continues at once', async () => {
    const { outbox, transport, reports, recoveries } = trial({ retryStart: 1000, retryMax: 1000 });
    transport.failures.push(new SendFailure('too large', { delivered: 1, drop: true }));

    putAll(outbox, ...numbers(4));
    await outbox.flush();

    expect(transport.delivered).toEqual(['0', '2', '3']);
    expect(outbox.stats()).toMatchObject({ sent: 3, dropped: { ...zero, refused: 1 } });
    expect(reports).toEqual(['a record was refused, and dropped: SendFailure: too large']);
    expect(recoveries).toEqual([]);
  });

  it('drops all payloads that the peer refuses together', async () => {
    const { outbox, transport, reports } = trial({ retryStart: 1000, retryMax: 1000 });
    transport.failures.push(new SendFailure('too large', { delivered: 1, drop: true, dropCount: 2 }));

    putAll(outbox, ...numbers(4));
    await outbox.flush();

    expect(transport.delivered).toEqual(['0', '3']);
    expect(outbox.stats()).toMatchObject({ sent: 2, dropped: { ...zero, refused: 2 } });
    expect(reports).toEqual(['2 records were refused, and dropped: SendFailure: too large']);
  });

  it('waits as long as the peer asks, even during a flush', async () => {
    const { outbox, transport } = trial({ flushTimeout: 0.05 });
    transport.failures.push(new SendFailure('busy', { retryAfterMs: 60_000 }));

    putAll(outbox, 'a');
    await until(() => transport.attempts.length === 1);
    await outbox.flush();

    expect(transport.attempts).toHaveLength(1);
    await outbox.close();
  });

  it.each([
    ['drop-oldest', ['5', '6', '7', '8', '9'], 'the oldest are'],
    ['drop-newest', ['0', '1', '2', '3', '4'], 'new records are'],
  ] as const)('keeps within its limit by %s, and reports it once', async (overflow, kept, what) => {
    const made = trial({ maxQueued: 5, overflow });
    const { outbox, transport, reports, recoveries } = made;

    putAll(outbox, ...numbers(10));
    expect(outbox.stats()).toMatchObject({ queued: 5, dropped: { overflow: 5 } });
    await outbox.flush();

    expect(transport.delivered).toEqual(kept);
    expect(total(made)).toBe(10);
    expect(reports).toEqual([`the queue is full (5 records, 5 bytes), ${what} dropped until there is room`]);
    expect(recoveries).toEqual([expect.stringContaining('5 records delivered, 5 dropped')]);
  });

  it('keeps within its limit of bytes, and drops a payload that is larger than all of it', async () => {
    const made = trial({ maxQueuedBytes: 100 });
    const { outbox, transport } = made;

    outbox.put('a', 40);
    outbox.put('too large', 101);
    outbox.put('b', 40);
    outbox.put('c', 40);
    expect(outbox.stats()).toMatchObject({ queued: 2, queuedBytes: 80, dropped: { overflow: 2 } });
    await outbox.flush();

    expect(transport.delivered).toEqual(['b', 'c']);
    expect(total(made)).toBe(4);
  });

  it('counts payloads that are being sent, and never drops them', async () => {
    const made = trial({ maxQueued: 3 }, new FakeTransport(3));
    const { outbox, transport } = made;
    let release = (): void => {};
    transport.held = new Promise((resolve) => (release = resolve));

    putAll(outbox, 'a', 'b', 'c');
    await until(() => transport.attempts.length === 1);
    putAll(outbox, 'd');
    expect(outbox.stats()).toMatchObject({ queued: 3, dropped: { overflow: 1 } });
    release();
    await outbox.flush();

    expect(transport.delivered).toEqual(['a', 'b', 'c']);
    expect(total(made)).toBe(4);
  });

  it('resolves a flush as soon as the payloads queued before it are delivered', async () => {
    const { outbox, transport } = trial({}, new FakeTransport(1));
    putAll(outbox, 'a', 'b');

    const flushed = outbox.flush();
    putAll(outbox, 'c');
    await flushed;

    expect(transport.delivered.slice(0, 2)).toEqual(['a', 'b']);
    await outbox.flush();
  });

  it('resolves a flush after its time limit, reports the rest, and keeps trying', async () => {
    const { outbox, transport, reports } = trial({ flushTimeout: 0.03 });
    transport.down = new Error('down');
    putAll(outbox, 'a', 'b');

    await outbox.flush();

    expect(reports.at(-1)).toBe('2 records still wait after a flush of 0.03 s');
    transport.down = undefined;
    await until(() => transport.delivered.length === 2);
  });

  it('ends a pause at a flush', async () => {
    const { outbox, transport } = trial({ retryStart: 1000, retryMax: 1000 });
    transport.failures.push(new Error('down'));
    putAll(outbox, 'a');
    await until(() => transport.attempts.length === 1);

    // A pause that has just begun is left alone.
    await until(async () => {
      void outbox.flush();
      return transport.delivered.length === 1;
    });

    expect(transport.attempts).toHaveLength(2);
  });

  it('delivers at close, and ends the connection', async () => {
    const { outbox, transport, reports } = trial();
    putAll(outbox, 'a', 'b');

    await outbox.close();

    expect(transport.delivered).toEqual(['a', 'b']);
    expect(transport.closes).toBeGreaterThan(0);
    expect(reports).toEqual([]);
  });

  it('at close, drops payloads that cannot be delivered in time, with the exact count', async () => {
    const made = trial({ flushTimeout: 0.02 });
    const { outbox, transport, reports } = made;
    transport.down = new Error('down');
    putAll(outbox, ...numbers(7));

    await outbox.close();
    await outbox.close();

    expect(outbox.stats()).toMatchObject({ queued: 0, queuedBytes: 0, dropped: { ...zero, closed: 7 } });
    expect(reports.slice(1)).toEqual(['closed with 7 records not delivered, which are dropped']);
    expect(total(made)).toBe(7);
  });

  it('stops a delivery that hangs when it is closed', async () => {
    const { outbox, transport } = trial({ flushTimeout: 0.02 });
    transport.held = new Promise(() => {});
    putAll(outbox, 'a');

    await outbox.close();

    expect(outbox.stats()).toMatchObject({ queued: 0, dropped: { closed: 1 } });
  });

  it('does not wait again at close after a flush that timed out', async () => {
    const { outbox, transport } = trial({ flushTimeout: 0.4 });
    transport.down = new Error('down');
    putAll(outbox, 'a');
    await outbox.flush();

    const before = performance.now();
    await outbox.close();

    expect(performance.now() - before).toBeLessThan(300);
  });

  it('opens again for a payload after close, and ends the connection by itself', async () => {
    const made = trial();
    const { outbox, transport } = made;
    await outbox.close();
    const { closes } = transport;

    putAll(outbox, 'late');
    await until(() => transport.closes > closes);

    expect(transport.delivered).toEqual(['late']);
    expect(total(made)).toBe(1);
  });

  it('delivers payloads that are put while it closes', async () => {
    const { outbox, transport } = trial({}, new FakeTransport(1));
    putAll(outbox, 'a');

    const closed = outbox.close();
    putAll(outbox, 'b');
    await closed;
    await until(() => transport.delivered.length === 2);

    expect(transport.delivered).toEqual(['a', 'b']);
    await until(() => transport.closes > 0);
  });

  it('delivers payloads that are put while the connection ends', async () => {
    const { outbox, transport, reports } = trial();

    const closed = outbox.close();
    putAll(outbox, 'a');
    await closed;
    const again = outbox.close();
    await until(() => transport.delivered.length === 1);
    await again;

    expect(reports).toEqual([]);
    expect(transport.attempts).toHaveLength(1);
  });

  it('does not try pending payloads of a transport again at close after the time limit', async () => {
    const { outbox, transport } = trial({ flushTimeout: 0.02, retryStart: 1000, retryMax: 1000 });
    transport.down = new Error('down');
    transport.pending = 3;
    transport.onPending?.();

    await outbox.close();

    expect(transport.attempts).toHaveLength(1);
    expect(transport.pending).toBe(0);
  });

  it('delivers payloads that are put while it gives up', async () => {
    const made = trial({ flushTimeout: 0.02 });
    const { outbox, transport } = made;
    transport.held = new Promise(() => {});
    putAll(outbox, 'a');
    const closed = outbox.close();
    await until(() => transport.attempts.length === 1);
    putAll(outbox, 'b');
    await closed;
    transport.held = undefined;

    await until(() => transport.delivered.length === 1);

    expect(transport.delivered).toEqual(['b']);
    expect(outbox.stats()).toMatchObject({ sent: 1, dropped: { closed: 1 } });
    expect(total(made)).toBe(2);
  });

  it('sends at the end of the process what the kernel takes', () => {
    const { outbox, transport, reports } = trial();
    putAll(outbox, 'a', 'b');

    outbox.flushSync();

    expect(transport.delivered).toEqual(['a', 'b']);
    expect(outbox.stats()).toMatchObject({ queued: 0, sent: 2 });
    expect(reports).toEqual([]);
  });

  it('reports at the end of the process how many are still queued', async () => {
    const { outbox, transport, reports } = trial();
    transport.down = new Error('down');
    putAll(outbox, 'a', 'b');

    outbox.flushSync();

    expect(reports).toEqual(['2 records still queued at the end of the process']);
    transport.down = undefined;
    await outbox.flush();
  });

  it('sends a burst in the same turn if it is connected', async () => {
    const made = trial({ maxQueued: 10 });
    const { outbox, transport } = made;
    transport.connected = true;

    putAll(outbox, ...numbers(99));
    expect(transport.delivered).toEqual(numbers(95));
    await outbox.flush();

    expect(transport.delivered).toEqual(numbers(99));
    expect(transport.attempts).toHaveLength(1);
    expect(outbox.stats()).toMatchObject({ sent: 99, dropped: zero });
  });

  it('after a partly sent burst, sends no burst until a delivery succeeds', async () => {
    const made = trial({ maxQueued: 10 });
    const { outbox, transport } = made;
    transport.connected = true;
    transport.syncLimit = 3;

    putAll(outbox, ...numbers(20));
    expect(transport.delivered).toEqual(numbers(3));
    expect(outbox.stats()).toMatchObject({ sent: 3, queued: 10, dropped: { overflow: 7 } });
    await outbox.flush();

    expect(total(made)).toBe(20);
    transport.syncLimit = 100;
    putAll(outbox, ...numbers(5));
    expect(transport.delivered.slice(-5)).toEqual(numbers(5));
  });

  it('resolves a flush whose payloads a burst has sent', async () => {
    const { outbox, transport } = trial({ maxQueued: 10 });
    transport.connected = true;
    putAll(outbox, 'a');
    const flushed = outbox.flush();

    putAll(outbox, ...numbers(4));

    await flushed;
    expect(transport.attempts).toEqual([]);
    expect(transport.delivered).toHaveLength(5);
  });

  it('reports pending payloads of the transport at the end of the process, and sends large batches', async () => {
    const { outbox, transport, reports } = trial({}, new FakeTransport(1));
    putAll(outbox, 'a', 'b', 'c');
    transport.pending = 2;

    outbox.flushSync();

    expect(transport.delivered).toEqual(['a', 'b', 'c']);
    expect(reports).toEqual(['2 records perhaps not sent at the end of the process']);
    await outbox.flush();
  });

  it('reports in one message at the end of the process', async () => {
    const { outbox, transport, reports } = trial();
    putAll(outbox, 'a', 'b', 'c');
    transport.pending = 2;
    transport.syncLimit = 2;

    outbox.flushSync();

    expect(reports).toEqual([
      '1 record still queued and 2 records perhaps not sent at the end of the process',
    ]);
    await outbox.flush();
  });

  it('delivers again when the transport has pending payloads', async () => {
    const { outbox, transport } = trial();
    putAll(outbox, 'a');
    await outbox.flush();
    transport.pending = 1;

    transport.onPending?.();
    await outbox.flush();

    expect(transport.attempts).toEqual([['a'], []]);
  });

  it('lets other work have its turn during a long delivery', async () => {
    const { outbox } = trial({ maxQueued: 200_000 }, new FakeTransport(1));
    putAll(outbox, ...numbers(100_000));
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setTimeout(count, 0);
    };
    let timer = setTimeout(count, 0);

    await outbox.flush();
    clearTimeout(timer);

    expect(turns).toBeGreaterThan(3);
  });
});
