import { hostname } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { spaceTag } from '../../lib/internal/process-space';
import { RedisStreamQueue, type Delivery, type RedisStreamQueueOptions } from '../../lib/queues';
import { keyBeside } from '../../lib/queues/redis-stream.queue';
import { startRedis, type RedisServer } from '../peers/redis-server';
import { capturedStderr } from '../support/captured-stderr';
import { startCutProxy } from '../support/cut-proxy';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { until } from '../support/until';

const NEVER = new AbortController().signal;

function queueAt({ url }: Pick<RedisServer, 'url'>, options: RedisStreamQueueOptions = {}): RedisStreamQueue {
  const queue = new RedisStreamQueue({ url, retryStart: 0.05, ...options });
  onTestFinished(() => queue.close());
  return queue;
}

function put(queue: RedisStreamQueue, ...messages: readonly string[]): void {
  for (const message of messages) queue.enqueue(some.record({ message }));
}

async function take(queue: RedisStreamQueue, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  await until(async () => taken.push(...((await queue.dequeue(NEVER)) ?? [])) >= count);
  return taken;
}

function messages(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ record }) => record.getMessage());
}

describe('RedisStreamQueue', () => {
  it.each([
    [{ url: 'http://127.0.0.1' }, '"url" must be redis://host:port or rediss://host:port.'],
    [{ url: 'secret@host' }, '"url" must be redis://host:port or rediss://host:port.'],
    [{ stream: '' }, '"stream" must be a string that is not empty, got \'\'.'],
    [{ group: 3 as unknown as string }, '"group" must be a string that is not empty, got 3.'],
    [{ client: [] as unknown as object as Record<string, unknown> }, '"client" must be an object.'],
    [{ maxLength: -1 }, '"maxLength" must be a non-negative integer, got -1.'],
    [{ batchSize: 0 }, '"batchSize" must be a positive integer, got 0.'],
    [{ maxDeliveries: 0.5 }, '"maxDeliveries" must be a positive integer, got 0.5.'],
    [{ claimAfter: 0 }, '"claimAfter" must be'],
    [{ timeout: Number.NaN }, '"timeout" must be'],
    [{ maxQueued: 0 }, '"maxQueued" must be a positive integer, got 0.'],
  ])('refuses %j', (options: RedisStreamQueueOptions, text) => {
    expect(() => new RedisStreamQueue(options)).toThrow(ConfigurationError);
    expect(() => new RedisStreamQueue(options)).toThrow(`RedisStreamQueue: ${text}`);
  });

  it('names its consumer after the host, the process and the container', () => {
    const queue = new RedisStreamQueue();

    expect(queue.consumer).toBe(`${hostname()}-${process.pid}-${spaceTag()}`);
    void queue.close();
  });

  it('does not connect before it is used, and can be closed unused', async () => {
    const queue = new RedisStreamQueue({ url: 'redis://127.0.0.1:1' });

    await expect(queue.close()).resolves.toBeUndefined();
    await expect(queue.dequeue(NEVER)).resolves.toBeUndefined();
    expect(() => put(queue, 'late')).toThrow('the queue is closed');
  });

  it('keeps records while nobody answers, up to its limit, and reports dropped ones', async () => {
    const stderr = capturedStderr();
    const queue = new RedisStreamQueue({ url: 'redis://127.0.0.1:1', maxQueued: 3, flushTimeout: 0.05 });
    put(queue, 'a', 'b', 'c', 'd', 'e');

    expect(queue.size).toBe(3);
    await queue.close();

    expect(queue.stats().dropped).toEqual({ overflow: 2, refused: 0, closed: 3 });
    expect(stderr.text).toMatch(/RedisStreamQueue logs: .*3 records/);
  });
});

describe.runIf(haveCommands('redis-server'))('RedisStreamQueue with Redis', { timeout: 60_000 }, () => {
  it('counts and reports unread records that were deleted with the stream', async () => {
    const stderr = capturedStderr();
    const server = await startRedis();
    // A stream of its own: what others have reported just now is not reported again.
    const [producer, consumer] = [
      queueAt(server, { stream: 'deleted' }),
      queueAt(server, { stream: 'deleted' }),
    ];
    put(producer, ...Array.from({ length: 700 }, (_, i) => `lost ${i}`));
    await producer.flush();
    await (await server.client()).del('deleted');
    put(producer, 'after');
    await producer.flush();

    expect(messages(await take(consumer, 1))).toEqual(['after']);
    expect(consumer.stats()).toMatchObject({ received: 1, trimmed: 700 });
    expect(stderr.text).toContain(
      '700 records left the stream before the group "nestjs-hindsight" handled them',
    );
  });

  it('continues with exact counts when the stream is deleted while it is read', async () => {
    capturedStderr();
    const server = await startRedis();
    const [producer, consumer] = [queueAt(server), queueAt(server, { batchSize: 50 })];
    const client = await server.client();
    let taken = 0;
    for (let round = 0; round < 4; round++) {
      put(producer, ...Array.from({ length: 300 }, (_, i) => `round ${round}, ${i}`));
      await producer.flush();
      taken += (await take(consumer, 50)).length;
      await client.sendCommand([round % 2 === 0 ? 'DEL' : 'UNLINK', 'logs']);
    }
    put(producer, 'last');
    await producer.flush();
    for (let last = ''; last !== 'last';) {
      const deliveries = await take(consumer, 1);
      taken += deliveries.length;
      last = messages(deliveries).at(-1) ?? '';
    }

    expect(taken + consumer.stats().trimmed).toBe(1201);
  });

  it('carries records with their error, fields and time', async () => {
    const server = await startRedis();
    const sender = queueAt(server);
    const error = new Error('outer', { cause: new Error('inner') });
    sender.enqueue(some.record({ message: 'failed', error, extra: { order: 7 }, created: 1_700_000_000.5 }));
    await sender.flush();

    const [delivery] = await take(queueAt(server), 1);

    expect(delivery?.record).toMatchObject({
      name: 'shop.orders',
      created: 1_700_000_000.5,
      extra: { order: 7 },
    });
    expect(delivery?.record.excInfo).toMatchObject({
      message: 'outer',
      stack: error.stack,
      cause: { message: 'inner' },
    });
  });

  it('shares the records among the consumers of a group, in order, and delivers all to each group', async () => {
    const server = await startRedis();
    const sender = queueAt(server);
    const all = Array.from({ length: 40 }, (_, i) => String(i));
    put(sender, ...all);
    await sender.flush();
    const [one, two] = [
      queueAt(server, { consumer: 'one', batchSize: 10 }),
      queueAt(server, { consumer: 'two', batchSize: 10 }),
    ];
    const first = [...(await take(one, 10)), ...(await take(one, 10))];
    const second = [...(await take(two, 10)), ...(await take(two, 10))];

    expect([...messages(first), ...messages(second)]).toEqual(all);
    expect(messages(await take(queueAt(server, { group: 'other' }), 40))).toEqual(all);
  });

  it('keeps records while Redis is down, and sends each once', async () => {
    const stderr = capturedStderr();
    const server = await startRedis();
    const queue = queueAt(server, { stream: 'spooled' });
    put(queue, 'a');
    await queue.flush();
    await server.kill();
    put(queue, 'b', 'c');
    await until(() => stderr.text.includes('delivery failed'));
    await server.start();
    put(queue, 'd');
    await queue.flush();

    expect(
      (await server.entries('spooled')).map(({ message }) => JSON.parse(message['r'] ?? '') as object),
    ).toMatchObject(['a', 'b', 'c', 'd'].map((message) => ({ message })));
    await until(() => stderr.text.includes('delivering again'));
  });

  it('adds a record once even if its reply was lost', async () => {
    const server = await startRedis();
    const proxy = await startCutProxy(server.port);
    const queue = queueAt({ url: `redis://127.0.0.1:${proxy.port}` }, { timeout: 0.2 });
    put(queue, 'a');
    await queue.flush();
    proxy.cutAnswers();
    put(queue, 'b');
    await until(async () => (await server.entries('logs')).length === 2);
    proxy.mend();
    await queue.flush();

    expect(await server.entries('logs')).toHaveLength(2);
    expect(queue.stats()).toMatchObject({ sent: 2, queued: 0 });
  });

  it('counts the records that were read', async () => {
    const server = await startRedis();
    const queue = queueAt(server);
    put(queue, 'a', 'b');
    const taken = await take(queue, 2);
    for (const { ack } of taken) void ack?.();
    await until(() => queue.stats().acknowledged === 2);

    expect(queue.stats()).toMatchObject({ sent: 2, received: 2, repeated: 0, setAside: 0, trimmed: 0 });
  });

  it('reports how many records left the stream before they were handled', async () => {
    const stderr = capturedStderr();
    const server = await startRedis();
    const sender = queueAt(server, { stream: 'short', maxLength: 10, batchSize: 100 });
    for (let i = 0; i < 500; i++) put(sender, String(i));
    await sender.flush();
    const queue = queueAt(server, { stream: 'short' });
    const taken = await take(queue, 1);

    const { trimmed } = queue.stats();
    expect(trimmed + taken.length).toBe(500);
    expect(stderr.text).toContain(
      `RedisStreamQueue short: ${trimmed} records left the stream before the group "nestjs-hindsight" handled them, increase maxLength`,
    );
  });

  it('closes within its time when Redis has stopped answering', async () => {
    capturedStderr();
    const server = await startRedis();
    const queue = new RedisStreamQueue({ url: server.url, flushTimeout: 0.2 });
    put(queue, 'a');
    await take(queue, 1);
    server.signal('SIGSTOP');
    const started = performance.now();
    await queue.close();

    expect(performance.now() - started).toBeLessThan(3000);
  });
});

const NAMES = ['logs', 'a:b', 'a{', '{', '{logs}', 'shop{logs}x', '{a}{b}', 'x{a}}', 'журнал'];

describe('keyBeside', () => {
  it('has the hash tag of the stream, or makes one from its name', () => {
    expect(keyBeside('Q', 'logs', 'aside')).toBe('{logs}:aside');
    expect(keyBeside('Q', 'shop{logs}x', 'aside')).toBe('shop{logs}x:aside');
  });

  it.each(['a}b', '{}', '{}a', '{}{a}'])('refuses %s', (name) => {
    expect(() => keyBeside('Q', name, 'aside')).toThrow(
      /^Q: "stream" may contain "}" only at the end of a hash tag/,
    );
  });

  it.runIf(haveCommands('redis-server'))('is in the slot of the stream according to Redis', async () => {
    const client = await (await startRedis(['--cluster-enabled', 'yes'])).client();
    const slotOf = (key: string): Promise<unknown> => client.sendCommand(['CLUSTER', 'KEYSLOT', key]);

    for (const name of NAMES) expect(await slotOf(keyBeside('Q', name, 'from'))).toBe(await slotOf(name));
  });
});
