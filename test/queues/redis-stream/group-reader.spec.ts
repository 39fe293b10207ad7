import { describe, expect, it, onTestFinished } from 'vitest';
import {
  GroupReader,
  type GroupReaderOptions,
  type HandedOut,
} from '../../../lib/queues/redis-stream/group-reader';
import { RedisConnection } from '../../../lib/queues/redis-stream/redis-connection';
import { StreamAppender } from '../../../lib/queues/redis-stream/stream-appender';
import { startRedis, type RedisServer } from '../../peers/redis-server';
import { haveCommands } from '../../support/real-means';
import { until } from '../../support/until';

interface Trial {
  readonly reader: GroupReader;
  readonly connection: RedisConnection;
  readonly trimmed: number[];
}

function readerOf({ url }: RedisServer, options: Partial<GroupReaderOptions> = {}): Trial {
  const connection = new RedisConnection({ urls: [url], client: {}, timeoutMs: 5000 });
  onTestFinished(() => connection.close());
  const trimmed: number[] = [];
  const reader = new GroupReader(connection, {
    stream: 'logs',
    group: 'listener',
    consumer: 'a',
    batchSize: 100,
    claimAfterMs: 60_000,
    asideStream: '{logs}:aside',
    asideLength: 1000,
    onTrimmed: (count) => trimmed.push(count),
    ...options,
  });
  return { reader, connection, trimmed };
}

function texts(entries: readonly HandedOut[]): (string | undefined)[] {
  return entries.map(({ text }) => text);
}

describe.runIf(haveCommands('redis-server'))('GroupReader', { timeout: 60_000 }, () => {
  it('creates stream and group, and waits a while for the first entry', async () => {
    const server = await startRedis();
    const { reader } = readerOf(server);

    await expect(reader.next()).resolves.toEqual([]);
    await (await server.client()).xAdd('logs', '*', { r: 'first' });
    const [entry] = await reader.next();

    expect(entry).toMatchObject({ text: 'first', tries: 1 });
  });

  it('reads entries older than the group, in order, and each entry once in a group', async () => {
    const server = await startRedis();
    const client = await server.client();
    for (const r of ['1', '2', '3']) await client.xAdd('logs', '*', { r });
    const [one, other] = [readerOf(server, { batchSize: 2 }), readerOf(server, { consumer: 'b' })];

    expect(texts(await one.reader.next())).toEqual(['1', '2']);
    expect(texts(await other.reader.next())).toEqual(['3']);
  });

  it('reads pending entries of the same consumer again, and counts the tries', async () => {
    const server = await startRedis();
    const client = await server.client();
    for (const r of ['1', '2']) await client.xAdd('logs', '*', { r });
    const first = readerOf(server);
    const [entry] = await first.reader.next();
    await first.reader.acknowledge([entry?.id ?? '']);

    const again = await readerOf(server).reader.next();

    expect(again).toMatchObject([{ text: '2', tries: 2 }]);
  });

  it('claims entries of a dead consumer after claimAfter, oldest first', async () => {
    const server = await startRedis();
    const client = await server.client();
    for (const r of ['1', '2', '3']) await client.xAdd('logs', '*', { r });
    await readerOf(server, { consumer: 'dead' }).reader.next();
    const { reader } = readerOf(server, { claimAfterMs: 50, batchSize: 2 });

    const claimed: HandedOut[] = [];
    await until(async () => claimed.push(...(await reader.next())) >= 3);

    expect(claimed).toMatchObject([
      { text: '1', tries: 2 },
      { text: '2', tries: 2 },
      { text: '3', tries: 2 },
    ]);
  });

  it('lets others claim released entries at once, without counting a try', async () => {
    const server = await startRedis();
    const client = await server.client();
    await client.xAdd('logs', '*', { r: '1' });
    const { reader } = readerOf(server);
    const [entry] = await reader.next();
    await reader.release([entry?.id ?? '']);

    const taken = await readerOf(server, { consumer: 'b' }).reader.next();

    expect(taken).toMatchObject([{ text: '1', tries: 2 }]);
  });

  it('sets an entry aside with the reason, and acknowledges it', async () => {
    const server = await startRedis();
    const client = await server.client();
    await client.xAdd('logs', '*', { r: 'bad' });
    const { reader } = readerOf(server);
    const [entry] = await reader.next();
    if (entry !== undefined) await reader.setAside(entry, 'it is bad');

    const [aside] = await server.entries('{logs}:aside');
    expect(aside?.message).toEqual({ r: 'bad', id: entry?.id, tries: '1', reason: 'it is bad' });
    expect((await client.xPending('logs', 'listener')).pending).toBe(0);
  });

  it('reports how many entries were trimmed before they were read', async () => {
    const server = await startRedis();
    const client = await server.client();
    const { reader, connection, trimmed } = readerOf(server);
    const appender = new StreamAppender(connection, {
      stream: 'logs',
      placePrefix: '{logs}:from',
      maxLength: 0,
      batchSize: 100,
    });
    const numbers = Array.from({ length: 20 }, (_, i) => ({ number: i + 1, text: String(i) }));
    await appender.deliver(numbers.slice(0, 5));
    await reader.next();
    await appender.deliver(numbers.slice(5));
    await client.xTrim('logs', 'MAXLEN', 4);

    expect(texts(await reader.next())).toEqual(['16', '17', '18', '19']);
    await reader.next();

    expect(trimmed).toEqual([11]);
  });

  it('reports how many entries were trimmed after they were delivered', async () => {
    const server = await startRedis();
    const client = await server.client();
    for (let i = 0; i < 3; i++) await client.xAdd('logs', '*', { r: String(i) });
    await readerOf(server).reader.next();
    await client.xTrim('logs', 'MAXLEN', 1);
    const { reader, trimmed } = readerOf(server);

    expect(texts(await reader.next())).toEqual(['2']);
    expect(trimmed).toEqual([2]);
  });

  describe('a stream that was deleted with unread entries', () => {
    async function backlog(): Promise<{
      readonly server: RedisServer;
      readonly trial: Trial;
      readonly append: (count: number) => Promise<void>;
    }> {
      const server = await startRedis();
      const trial = readerOf(server, { batchSize: 5 });
      const producer = readerOf(server).connection;
      const appender = new StreamAppender(producer, {
        stream: 'logs',
        placePrefix: '{logs}:from',
        maxLength: 0,
        batchSize: 100,
      });
      let number = 0;
      const append = async (count: number): Promise<void> =>
        appender.deliver(Array.from({ length: count }, () => ({ number: ++number, text: `text ${number}` })));
      await append(25);
      const taken = await trial.reader.next();
      await trial.reader.acknowledge(taken.map(({ id }) => id));
      return { server, trial, append };
    }

    /** What the reader hands out, after it found the stream gone. */
    async function readOn({ reader, connection }: Trial): Promise<(string | undefined)[]> {
      try {
        return texts(await reader.next());
      } catch {
        // As its consumer does: the next turn has a new connection.
        connection.close();
        return texts(await reader.next());
      }
    }

    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

    it.each([['DEL'], ['UNLINK'], ['FLUSHALL']])(
      'is counted after %s, with nothing new in it',
      async (command) => {
        const { server, trial } = await backlog();
        await (await server.client()).sendCommand(command === 'FLUSHALL' ? [command] : [command, 'logs']);

        expect(await readOn(trial)).toEqual([]);
        expect(trial.trimmed).toEqual([20]);
      },
    );

    it.each([['DEL'], ['UNLINK'], ['FLUSHALL']])(
      'is counted once after %s, with new entries',
      async (command) => {
        const { server, trial, append } = await backlog();
        // The reader has not seen these.
        await append(7);
        await (await server.client()).sendCommand(command === 'FLUSHALL' ? [command] : [command, 'logs']);
        await append(2);

        expect(await readOn(trial)).toEqual(['text 33', 'text 34']);
        await readOn(trial);
        await append(1);
        expect(await readOn(trial)).toEqual(['text 35']);
        expect(sum(trial.trimmed)).toBe(27);
      },
    );

    it('is counted by a reader that comes later', async () => {
      const server = await startRedis();
      const { reader, connection, trimmed } = readerOf(server);
      const appender = new StreamAppender(connection, {
        stream: 'logs',
        placePrefix: '{logs}:from',
        maxLength: 0,
        batchSize: 100,
      });
      await appender.deliver(Array.from({ length: 30 }, (_, i) => ({ number: i + 1, text: String(i) })));
      await (await server.client()).del('logs');
      await appender.deliver([{ number: 31, text: 'new' }]);

      expect(texts(await reader.next())).toEqual(['new']);
      expect(trimmed).toEqual([30]);
    });

    it('is counted by one of two readers', async () => {
      const { server, trial, append } = await backlog();
      const other = readerOf(server, { consumer: 'b', batchSize: 5 });
      await other.reader.next();
      await (await server.client()).del('logs');
      await readOn(trial);
      await append(1);
      const read = [...(await readOn(other)), ...(await readOn(trial))];

      expect(read).toEqual(['text 26']);
      // The first reader had not seen yet that the other took five.
      expect([15, 20]).toContain(sum([...trial.trimmed, ...other.trimmed]));
    });

    it('is counted when another client trims it', async () => {
      const { server, trial, append } = await backlog();
      await (await server.client()).xTrim('logs', 'MAXLEN', 0);
      await append(1);

      expect(await readOn(trial)).toEqual(['text 26']);
      expect(sum(trial.trimmed)).toBe(20);
    });

    it('is not counted when another client adds entries whose ids do not count', async () => {
      const { server, trial, append } = await backlog();
      const client = await server.client();
      for (let i = 0; i < 3; i++) {
        await client.xAdd('logs', '*', { r: 'foreign' });
        await append(2);
      }
      for (let read = 5; read < 34;) read += (await trial.reader.next()).length;

      expect(trial.trimmed).toEqual([]);
    });

    it('is read again when only the group was destroyed, and nothing is counted', async () => {
      const { server, trial } = await backlog();
      await (await server.client()).xGroupDestroy('logs', 'listener');

      expect(await readOn(trial)).toEqual(['text 1', 'text 2', 'text 3', 'text 4', 'text 5']);
      expect(trial.trimmed).toEqual([]);
    });
  });

  it('creates the group again when the stream was deleted', async () => {
    const server = await startRedis();
    const client = await server.client();
    const { reader } = readerOf(server);
    await reader.next();
    await client.del('logs');
    await client.xAdd('logs', '*', { r: 'new' });

    await expect(reader.next()).rejects.toThrow(/NOGROUP/);
    expect(texts(await reader.next())).toEqual(['new']);
  });

  it('leaves the group only if it has no pending entries', async () => {
    const server = await startRedis();
    const client = await server.client();
    await client.xAdd('logs', '*', { r: '1' });
    const { reader } = readerOf(server);
    const [entry] = await reader.next();
    await reader.leave();
    expect(await client.xInfoConsumers('logs', 'listener')).toHaveLength(1);

    await reader.acknowledge([entry?.id ?? '']);
    await reader.leave();

    expect(await client.xInfoConsumers('logs', 'listener')).toEqual([]);
  });
});
