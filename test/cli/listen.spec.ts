import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EndingQueue, Progress, progressText, TreeListener } from '../../lib/cli/listen';
import { Manager } from '../../lib/core/manager';
import { InMemoryQueue, QueuedRecord, RedisStreamQueue } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';
import { startRedis, type RedisServer } from '../peers/redis-server';
import { startOnTerminal, startProgram } from '../support/cli-program';
import { linesOfFile } from '../support/lines';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

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
    lines: () => (existsSync(log) ? linesOfFile(log) : []),
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
  it('passes all records to the handlers and exits with --once', async () => {
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

  it.runIf(haveCommands('script'))('shows its progress on a terminal', async () => {
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
    'handles the records that it has read at %s, and no others',
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

  it('waits for Redis if it is not running, and exits with 1 with --once', async () => {
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
    [{ stream: 5 }, '"stream" must be a string that is not empty, got 5.'],
    [{ colour: 'red' }, 'unknown option "colour"'],
  ])('exits with 2 for the queue %j', async (queue, text) => {
    const { config, log } = configure('redis://127.0.0.1:1', queue);

    const { code, stderr } = await (await startProgram('listen', '--config', config)).ended();

    expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(existsSync(log)).toBe(false);
  });

  it('exits with 2 for a configuration that is wrong or has no handler', async () => {
    const path = join(tempDir(), 'logging.json');
    writeFileSync(path, '{"version":1,"handlers":{"x":{"class":"NoHandler"}},"queue":{}}');
    const wrong = await (await startProgram('listen', '-c', path)).ended();
    writeFileSync(path, '{"version":1,"queue":{}}');
    const none = await (await startProgram('listen', '-c', path)).ended();

    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('handlers.x')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('configures no handler')]);
  });
});

const NEVER = new AbortController().signal;

describe('EndingQueue', () => {
  it('passes everything on', async () => {
    const inner = new InMemoryQueue();
    const queue = new EndingQueue(inner);
    void queue.enqueue(some.record());
    expect(queue.size).toBe(1);

    await expect(queue.dequeue(NEVER)).resolves.toHaveLength(1);
    void queue.close();

    expect(() => inner.enqueue(some.record())).toThrow('closed');
  });

  it('reports the end of the queue', async () => {
    const inner = new InMemoryQueue();
    const queue = new EndingQueue(inner);
    inner.close();

    await expect(queue.dequeue(NEVER)).resolves.toBeUndefined();
    await expect(queue.ended).resolves.toBeUndefined();
  });

  it('ends if the queue fails, and reports the Error', async () => {
    const inner = new InMemoryQueue();
    inner.dequeue = () => Promise.reject(new Error('gone'));
    const queue = new EndingQueue(inner);

    await expect(queue.dequeue(NEVER)).resolves.toBeUndefined();
    await expect(queue.ended).resolves.toMatchObject({ message: 'gone' });
  });
});

const NOTHING = { acknowledged: 0, repeated: 0, setAside: 0, trimmed: 0 };

function output(isTTY: boolean): {
  readonly isTTY: boolean;
  readonly write: (text: string) => void;
  text: string;
} {
  const made = { isTTY, text: '', write: (text: string) => void (made.text += text) };
  return made;
}

describe('progressText', () => {
  it('omits counts of rare events that are 0', () => {
    expect(progressText(NOTHING)).toBe('0 records handled');
    expect(progressText({ ...NOTHING, acknowledged: 1 })).toBe('1 record handled');
    expect(progressText({ acknowledged: 12_345, repeated: 3, setAside: 2, trimmed: 1 }, 1199.6)).toBe(
      '12,345 records handled, 1,200/s, 3 handed out again, 2 set aside, 1 lost to maxLength',
    );
  });
});

describe('Progress', () => {
  it('writes a first and a last line to a file', () => {
    const log = output(false);
    new Progress(log, 'listening', () => ({ ...NOTHING, acknowledged: 5 })).end();

    expect(log.text).toBe('listening\n5 records handled\n');
  });

  it('updates one line on a terminal, and clears it at the end', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const terminal = output(true);
    const counts = { ...NOTHING };
    const progress = new Progress(terminal, 'listening', () => counts);
    counts.acknowledged = 7;
    vi.advanceTimersByTime(250);
    progress.end();
    vi.advanceTimersByTime(1000);

    expect(terminal.text).toMatch(
      /^listening\n\r\u001B\[K7 records handled, [\d,∞]+\/s\r\u001B\[K7 records handled\n$/u,
    );
  });
});

interface Tree {
  readonly manager: Manager;
  readonly root: CollectingHandler;
  readonly audit: CollectingHandler;
  readonly listener: TreeListener;
}

function make(): Tree {
  const manager = new Manager();
  const [root, audit] = [new CollectingHandler(), new CollectingHandler({ name: 'audit' })];
  manager.root.setLevel('CRITICAL');
  manager.root.addHandler(root);
  manager.getLogger('shop.orders').addHandler(audit);
  return { manager, root, audit, listener: new TreeListener(new InMemoryQueue(), [root, audit], manager) };
}

function record(name: string, to?: string): QueuedRecord {
  const made = new QueuedRecord(name, 10, 'a message', [], 0);
  if (to !== undefined) made.to = to;
  return made;
}

describe('TreeListener', () => {
  it('passes a record to the logger of its name and its ancestors, whatever their levels', () => {
    const { root, audit, listener } = make();
    listener.handle(record('shop.orders'));
    listener.handle(record('billing'));

    expect(root.records.map(({ name }) => name)).toEqual(['shop.orders', 'billing']);
    expect(audit.records.map(({ name }) => name)).toEqual(['shop.orders']);
  });

  it('uses the nearest ancestor for a name without a logger, and creates no logger', () => {
    const { manager, audit, listener } = make();
    listener.handle(record('shop.orders.packing.7'));
    listener.handle(record('shop.ordersOfOthers'));

    expect(audit.records.map(({ name }) => name)).toEqual(['shop.orders.packing.7']);
    expect([...manager.loggers.keys()]).toEqual(['shop.orders']);
  });

  it('passes a record for one handler only to that handler', () => {
    const { root, audit, listener } = make();
    listener.handle(record('billing', 'audit'));

    expect([root.records.length, audit.records.length]).toEqual([0, 1]);
    expect(() => listener.handle(record('billing', 'mail'))).toThrow(
      'the record is for the handler "mail", which is not configured',
    );
    void audit.close();
  });
});
