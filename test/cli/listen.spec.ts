import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisStreamQueue } from '../../lib/queues';
import { startRedis, type RedisServer } from '../peers/redis-server';
import { startOnTerminal, startProgram } from '../support/cli-program';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

// The first to ask compiles the library; that is not part of a test's time.
interface Trial {
  readonly config: string;
  readonly log: string;
  /** The lines in the log. */
  lines(): string[];
}

function configure(url: string, queue: Readonly<Record<string, unknown>> = {}): Trial {
  const directory = tempDir();
  const log = join(directory, 'all.log');
  const config = join(directory, 'logging.json');
  const data = {
    version: 1,
    formatters: { line: { format: '%(name)s %(levelname)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', filename: log, formatter: 'line' } },
    root: { handlers: ['file'] },
    queue: { url, claimAfter: 1, ...queue },
  };
  writeFileSync(config, JSON.stringify(data));
  return {
    config,
    log,
    lines: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : []),
  };
}

async function fill({ url }: RedisServer, count: number): Promise<void> {
  const queue = new RedisStreamQueue({ url });
  onTestFinished(() => queue.close());
  for (let i = 0; i < count; i++) queue.enqueue(some.record({ message: `order ${i}` }));
  await queue.flush();
}

async function pending(server: RedisServer): Promise<number> {
  return (await (await server.client()).xPending('logs', 'nestjs-hindsight')).pending;
}

describe.runIf(haveCommands('redis-server'))('listen', { timeout: 60_000 }, () => {
  it('drains the stream into the handlers and leaves with --once', async () => {
    const server = await startRedis();
    await fill(server, 1200);
    const { config, lines } = configure(server.url, { consumer: 'one' });

    const { code, stderr } = await (await startProgram('listen', '--config', config, '--once')).ended();

    expect(stderr).toBe(
      'listening to the stream "logs" as "one" of the group "nestjs-hindsight"\n1,200 records handled\n',
    );
    expect(code).toBe(0);
    expect(lines()).toEqual(Array.from({ length: 1200 }, (_, i) => `shop.orders INFO order ${i}`));
    expect(await pending(server)).toBe(0);
  });

  it.runIf(haveCommands('script'))('shows on a terminal how far it is', async () => {
    const server = await startRedis();
    await fill(server, 30);
    const { config } = configure(server.url, { consumer: 'one' });

    const { code, stdout } = await (await startOnTerminal('listen', '-c', config, '--once')).ended();

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^listening to [^\r\n]*\r\n(?:\r\u001B\[K\d+ records handled, [\d,]+\/s)+\r\u001B\[K30 records handled\r\n$/u,
    );
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what it holds at %s, and leaves the rest',
    async (signal) => {
      const server = await startRedis();
      const { config, lines } = configure(server.url, { batchSize: 50 });
      const child = await startProgram('listen', '--quiet', '--config', config);
      await fill(server, 5000);
      await until(() => lines().length > 0);
      child.kill(signal);

      const { code, stderr } = await child.ended();
      const handled = lines().length;
      expect([code, stderr]).toEqual([0, '']);
      await (await startProgram('listen', '--config', config, '--once')).ended();

      expect(handled).toBeGreaterThan(0);
      expect(lines()).toEqual(Array.from({ length: 5000 }, (_, i) => `shop.orders INFO order ${i}`));
    },
  );

  it('waits for Redis when it is away, and ends with 1 when it is only to drain it', async () => {
    const server = await startRedis();
    await server.kill();
    const { config, lines } = configure(server.url);
    const once = await (await startProgram('listen', '--config', config, '--once')).ended();
    expect(once.code).toBe(1);
    expect(once.stderr).toMatch(/nestjs-hindsight: .*ECONNREFUSED/);

    const child = await startProgram('listen', '--config', config);
    await until(() => child.stderr.includes('which is tried again'));
    await server.start();
    await fill(server, 3);
    await until(() => lines().length === 3);
    child.kill('SIGTERM');

    expect((await child.ended()).code).toBe(0);
  });

  it.each([
    [{ stream: 5 }, '"stream" must be a text that is not empty, got number.'],
    [{ colour: 'red' }, 'unknown option "colour"'],
  ])('refuses a queue %j with code 2', async (queue, text) => {
    const { config, log } = configure('redis://127.0.0.1:1', queue);

    const { code, stderr } = await (await startProgram('listen', '--config', config)).ended();

    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(existsSync(log)).toBe(false);
  });

  it('refuses a configuration that dictConfig refuses, or that has no handler', async () => {
    const path = join(tempDir(), 'logging.json');
    writeFileSync(path, '{"version":1,"handlers":{"x":{"class":"NoHandler"}},"queue":{}}');
    const wrong = await (await startProgram('listen', '-c', path)).ended();
    writeFileSync(path, '{"version":1,"queue":{}}');
    const none = await (await startProgram('listen', '-c', path)).ended();

    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('handlers.x')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('configures no handler')]);
  });
});
