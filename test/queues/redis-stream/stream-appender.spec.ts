import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisConnection } from '../../../lib/queues/redis-stream/redis-connection';
import { StreamAppender, type StreamAppenderOptions } from '../../../lib/queues/redis-stream/stream-appender';
import { startRedis, type RedisServer } from '../../peers/redis-server';
import { haveCommands } from '../../support/real-means';

function appenderTo({ url }: RedisServer, options: Partial<StreamAppenderOptions> = {}): StreamAppender {
  const connection = new RedisConnection({ urls: [url], client: {}, timeoutMs: 5000 });
  onTestFinished(() => connection.close());
  return new StreamAppender(connection, {
    stream: 'logs',
    placePrefix: '{logs}:from',
    maxLength: 0,
    batchSize: 100,
    ...options,
  });
}

function records(from: number, to: number): { readonly number: number; readonly text: string }[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({ number: from + i, text: `record ${from + i}` }));
}

describe.runIf(haveCommands('redis-server'))('StreamAppender', { timeout: 60_000 }, () => {
  it('appends in order', async () => {
    const server = await startRedis();
    await appenderTo(server).deliver(records(1, 3));

    const entries = await server.entries('logs');

    expect(entries.map(({ message }) => message)).toEqual([
      { r: 'record 1' },
      { r: 'record 2' },
      { r: 'record 3' },
    ]);
  });

  it('counts the entries of the stream in their ids, across processes and milliseconds', async () => {
    const server = await startRedis();
    await appenderTo(server).deliver(records(1, 2));
    await appenderTo(server).deliver(records(1, 2));

    const entries = await server.entries('logs');

    expect(entries.map(({ id }) => id.split('-')[1])).toEqual(['1', '2', '3', '4']);
  });

  it('continues when the clock of the server is behind the stream', async () => {
    const server = await startRedis();
    const client = await server.client();
    await client.xAdd('logs', '9999999999999-5', { r: 'from the future' });

    await appenderTo(server).deliver(records(1, 1));

    expect((await server.entries('logs')).at(-1)?.id).toBe('9999999999999-6');
  });

  it('appends a record once even if it is sent twice, also if the second batch is larger', async () => {
    const server = await startRedis();
    const appender = appenderTo(server);
    await appender.deliver(records(1, 3));
    await appender.deliver(records(2, 5));

    const entries = await server.entries('logs');

    expect(entries.map(({ message }) => message['r'])).toEqual(
      [1, 2, 3, 4, 5].map((number) => `record ${number}`),
    );
  });

  it('trims the stream to about its length', async () => {
    const server = await startRedis();
    const appender = appenderTo(server, { maxLength: 1000 });
    for (let i = 0; i < 30; i++) await appender.deliver(records(i * 100 + 1, (i + 1) * 100));

    const length = await (await server.client()).xLen('logs');

    expect(length).toBeGreaterThanOrEqual(1000);
    expect(length).toBeLessThan(1200);
  });

  it('rejects when there is no server', async () => {
    const server = await startRedis();
    await server.kill();

    await expect(appenderTo(server).deliver(records(1, 1))).rejects.toThrow(/ECONNREFUSED/);
  });
});
