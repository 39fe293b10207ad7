import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeRecord, type Delivery } from '../../../lib/queues';
import { GroupReader } from '../../../lib/queues/redis-stream/group-reader';
import { RedisConnection } from '../../../lib/queues/redis-stream/redis-connection';
import { StreamConsumer } from '../../../lib/queues/redis-stream/stream-consumer';
import { startRedis, type RedisServer } from '../../peers/redis-server';
import { haveCommands } from '../../support/real-means';
import { some } from '../../support/some';
import { until } from '../../support/until';

interface Trial {
  readonly consumer: StreamConsumer;
  readonly reports: string[];
  /** Takes until there are so many. */
  take(count: number): Promise<Delivery[]>;
}

const NEVER = new AbortController().signal;

function consumerOf(
  { url }: RedisServer,
  options: { name?: string; claimAfterMs?: number; untilEmpty?: boolean; maxDeliveries?: number } = {},
): Trial {
  const connection = new RedisConnection({ urls: [url], client: {}, timeoutMs: 5000 });
  onTestFinished(() => connection.close());
  const reports: string[] = [];
  const reader = new GroupReader(connection, {
    stream: 'logs',
    group: 'listener',
    consumer: options.name ?? 'a',
    batchSize: 100,
    claimAfterMs: options.claimAfterMs ?? 60_000,
    asideStream: '{logs}:aside',
    asideLength: 0,
    onTrimmed: () => undefined,
  });
  const consumer = new StreamConsumer(connection, reader, {
    maxDeliveries: options.maxDeliveries ?? 2,
    untilEmpty: options.untilEmpty ?? false,
    report: (what, error) => reports.push(`${what}: ${String(error)}`),
    recovered: (what) => reports.push(what),
  });
  const take = async (count: number): Promise<Delivery[]> => {
    const taken: Delivery[] = [];
    await until(async () => taken.push(...(await consumer.take(NEVER))) >= count);
    return taken;
  };
  return { consumer, reports, take };
}

async function fill(server: RedisServer, ...messages: readonly string[]): Promise<void> {
  const client = await server.client();
  for (const message of messages)
    await client.xAdd('logs', '*', { r: encodeRecord(some.record({ message })) });
}

function messages(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ record }) => record.getMessage());
}

async function pending(server: RedisServer): Promise<number> {
  return (await (await server.client()).xPending('logs', 'listener')).pending;
}

describe.runIf(haveCommands('redis-server'))('StreamConsumer', { timeout: 60_000 }, () => {
  it('delivers records in order, and acknowledges them', async () => {
    const server = await startRedis();
    await fill(server, 'a', 'b', 'c');
    const { consumer, take } = consumerOf(server);
    const [a, b, c] = await take(3);
    expect(messages([a, b, c].filter((one) => one !== undefined))).toEqual(['a', 'b', 'c']);

    void a?.ack?.();
    void b?.ack?.();

    const left = await pending(server);
    await until(async () => (await pending(server)) === 1, { what: `one is left of ${left}` });
    expect(consumer.counts).toEqual({ received: 3, repeated: 0, acknowledged: 2, setAside: 0 });
  });

  it('delivers a record again after a handler failed, and sets it aside after too many failures', async () => {
    const server = await startRedis();
    await fill(server, 'bad');
    const { consumer, reports, take } = consumerOf(server, { claimAfterMs: 40 });
    await (await take(1))[0]?.nack?.(new Error('first'));
    await (await take(1))[0]?.nack?.(new Error('second'));

    await until(() => consumer.counts.setAside === 1);
    const [aside] = await server.entries('{logs}:aside');

    expect(aside?.message).toMatchObject({ tries: '2', reason: 'Error: second' });
    expect(consumer.counts).toMatchObject({ received: 2, repeated: 1 });
    expect(reports).toEqual(['a record that was tried 2 times was set aside: Error: second']);
  });

  it('sets aside an invalid record at once, and continues', async () => {
    const server = await startRedis();
    await (await server.client()).xAdd('logs', '*', { r: 'nonsense' });
    await (await server.client()).xAdd('logs', '*', { other: 'field' });
    await fill(server, 'good');
    const { consumer, reports, take } = consumerOf(server);

    expect(messages(await take(1))).toEqual(['good']);

    await until(() => consumer.counts.setAside === 2);
    expect(reports[0]).toMatch(/^a record that was tried once was set aside: FormatError: not a record/);
  });

  it('sets aside a record that crashed its consumers', async () => {
    const server = await startRedis();
    await fill(server, 'deadly');
    await consumerOf(server, { name: 'first' }).take(1);
    await consumerOf(server, { name: 'second', claimAfterMs: 1 }).take(1);
    const { consumer } = consumerOf(server, { name: 'third', claimAfterMs: 1, untilEmpty: true });

    await until(async () => (await consumer.take(NEVER)).length === 0 && consumer.counts.setAside === 1);

    const [aside] = await server.entries('{logs}:aside');
    expect(aside?.message).toMatchObject({
      tries: '3',
      reason: expect.stringMatching(/neither acknowledged/),
    });
  });

  it('sets aside only the one record that crashes its consumers', async () => {
    const server = await startRedis();
    const all = Array.from({ length: 20 }, (_, i) => (i === 7 ? 'deadly' : `harmless ${i}`));
    await fill(server, ...all);
    const handled: string[] = [];
    let deaths = 0;
    for (let life = 0; ; life++) {
      const options = { name: `life ${life}`, claimAfterMs: 1, untilEmpty: true, maxDeliveries: 4 };
      const { consumer } = consumerOf(server, options);
      let taken = await consumer.take(NEVER);
      while (taken.length > 0 && !messages(taken).includes('deadly')) {
        handled.push(...messages(taken));
        for (const { ack } of taken) void ack?.();
        taken = await consumer.take(NEVER);
      }
      if (taken.length === 0) break;
      deaths++;
    }

    expect(deaths).toBe(4);
    expect(handled).toEqual(all.filter((message) => message !== 'deadly'));
    const aside = await server.entries('{logs}:aside');
    expect(aside.map(({ message }) => JSON.parse(message['r'] ?? '') as object)).toMatchObject([
      { message: 'deadly' },
    ]);
  });

  it('returns at once when it is aborted, and delivers later records next time', async () => {
    const server = await startRedis();
    const { consumer, take } = consumerOf(server);
    const abort = new AbortController();
    const waiting = consumer.take(abort.signal);
    abort.abort();
    await expect(waiting).resolves.toEqual([]);
    await fill(server, 'late');

    expect(messages(await take(1))).toEqual(['late']);
  });

  it('ends when the stream is empty with untilEmpty, and sets aside invalid records', async () => {
    const server = await startRedis();
    await (await server.client()).xAdd('logs', '*', { r: 'nonsense' });
    await fill(server, 'a');
    const { consumer } = consumerOf(server, { untilEmpty: true });
    const taken = await consumer.take(NEVER);
    expect(messages(taken)).toEqual(['a']);
    void taken[0]?.ack?.();

    await expect(consumer.take(NEVER)).resolves.toEqual([]);
    await server.kill();
    await expect(consumer.take(NEVER)).rejects.toThrow(/ECONNREFUSED|closed/);
  });

  it('reports once that Redis is down, once that it is up, and continues', async () => {
    const server = await startRedis();
    await fill(server, 'a', 'b');
    const { consumer, reports, take } = consumerOf(server);
    const [a] = await take(2);
    expect(reports).toEqual([]);
    await server.kill();
    void a?.ack?.();
    const waiting = consumer.take(NEVER);
    await until(() => reports.length > 0);
    await server.start();
    await fill(server, 'c');

    // Of the others one is acknowledged late, and one is still in hand: neither is handed out again.
    expect(messages(await waiting)).toEqual(['c']);
    await until(async () => (await pending(server)) === 2);
    expect(reports).toEqual([
      expect.stringMatching(/^the stream cannot be read, which is tried again: Error/),
      'the stream can be read again',
    ]);
  });

  it('releases undelivered records at close', async () => {
    const server = await startRedis();
    const { consumer } = consumerOf(server);
    const abort = new AbortController();
    const waiting = consumer.take(abort.signal);
    // It has joined: the group is there.
    await until(async () => (await (await server.client()).exists('logs')) === 1);
    abort.abort();
    await waiting;
    await fill(server, 'late');
    await consumer.close();

    expect(messages(await consumerOf(server, { name: 'b' }).take(1))).toEqual(['late']);
  });
});
