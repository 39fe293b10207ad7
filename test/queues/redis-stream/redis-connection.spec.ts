import { describe, expect, it, onTestFinished } from 'vitest';
import {
  redirectionOf,
  RedisConnection,
  type RedisConnectionOptions,
} from '../../../lib/queues/redis-stream/redis-connection';
import { startRedis } from '../../peers/redis-server';
import { startCutProxy } from '../../support/cut-proxy';
import { haveCommands } from '../../support/real-means';

function connectionTo(url: string, options: Partial<RedisConnectionOptions> = {}): RedisConnection {
  const connection = new RedisConnection({ urls: [url], client: {}, timeoutMs: 5000, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

describe.runIf(haveCommands('redis-server'))('RedisConnection', { timeout: 60_000 }, () => {
  it('connects at the first command, once for several', async () => {
    const { url } = await startRedis();
    const connection = connectionTo(url);
    expect(connection.count).toBe(0);

    const answers = await Promise.all([connection.command(['PING']), connection.command(['ECHO', 'x'])]);

    expect(answers).toEqual(['PONG', 'x']);
    expect(connection.count).toBe(1);
  });

  it('runs a transaction, and rejects with the error of one of its commands', async () => {
    const { url } = await startRedis();
    const connection = connectionTo(url);

    await expect(
      connection.transaction([
        ['SET', 'a', '1'],
        ['GET', 'a'],
      ]),
    ).resolves.toEqual(['OK', '1']);
    await expect(connection.transaction([['LPUSH', 'a', 'x']])).rejects.toThrow(/WRONGTYPE/);
    await expect(connection.transaction([['NOSUCH']])).rejects.toThrow(/unknown command/);
    await expect(connection.command(['PING'])).resolves.toBe('PONG');
  });

  it('rejects while nobody listens, and connects when somebody does', async () => {
    const server = await startRedis();
    await server.kill();
    const connection = connectionTo(server.url);
    await expect(connection.command(['PING'])).rejects.toThrow(/ECONNREFUSED/);

    await server.start();

    await expect(connection.command(['PING'])).resolves.toBe('PONG');
  });

  it('rejects pending commands when the server dies, and opens another connection', async () => {
    const server = await startRedis();
    const connection = connectionTo(server.url);
    await connection.open();
    const waiting = connection.command(['BLPOP', 'nothing', '0'], 60_000);
    const [reason] = await Promise.all([waiting.catch(String), server.kill()]);
    expect(reason).toMatch(/closed|ECONNRESET/i);
    await server.start();

    await expect(connection.command(['PING'])).resolves.toBe('PONG');
    expect(connection.count).toBe(2);
  });

  it('closes a connection that gets no reply', async () => {
    const server = await startRedis();
    const proxy = await startCutProxy(server.port);
    const connection = connectionTo(`redis://127.0.0.1:${proxy.port}`, { timeoutMs: 800 });
    await connection.command(['PING']);
    proxy.cut();
    await expect(connection.command(['PING'])).rejects.toThrow('Redis did not answer within 800 ms');

    proxy.mend();

    await expect(connection.command(['PING'])).resolves.toBe('PONG');
  });

  it('waits longer for a command that waits itself', async () => {
    const { url } = await startRedis();
    const connection = connectionTo(url, { timeoutMs: 1000 });

    await expect(connection.command(['BLPOP', 'nothing', '1.2'], 1200)).resolves.toBeNull();
  });

  it('passes the options to the client', async () => {
    const { url } = await startRedis();
    const connection = connectionTo(url, { client: { database: 3, name: 'logs' } });

    await expect(connection.command(['CLIENT', 'INFO'])).resolves.toMatch(/name=logs .*db=3/);
  });
});

describe('redirectionOf', () => {
  it.each<readonly [string, unknown]>([
    ['MOVED 9199 127.0.0.1:7001', { host: '127.0.0.1', port: 7001, isAsked: false }],
    ['ASK 9199 redis-2.example:7001', { host: 'redis-2.example', port: 7001, isAsked: true }],
    ['MOVED 9199 ::1:7001', { host: '::1', port: 7001, isAsked: false }],
    ['MOVED 9199 :7001', { host: '', port: 7001, isAsked: false }],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'later'],
    ['CLUSTERDOWN Hash slot not served', 'later'],
    ['UNBLOCKED the stream key no longer exists', 'later'],
    ['CROSSSLOT Keys in request do not hash to the same slot', undefined],
    ["NOGROUP No such key 'logs'", undefined],
    ['MOVED', undefined],
  ])('reads %j', (message, expected) => {
    expect(redirectionOf(new Error(message))).toEqual(expected);
  });

  it('is undefined for a value that is not an Error', () => {
    expect(redirectionOf('MOVED 1 h:1')).toBeUndefined();
  });
});
