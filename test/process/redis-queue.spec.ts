/** Two processes log through Redis, two handle; then one of them, Redis and the network fail in the middle. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../peers/redis-server';
import { startChild, type Child } from '../support/child';
import { startCutProxy } from '../support/cut-proxy';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

// The first to ask compiles the library; that is not part of a test's time.
const RECORDS_EACH = 25_000;
const TOTAL = 2 * RECORDS_EACH;
/** What a bare process with the library has, and some; all 50 000 records would be far more. In KiB. */
const MOST_MEMORY_KIB = 250 * 1024;

/** Logs 30 records every 10 ms and says at the end what became of them. Arguments: url, its letter, how many. */
const PRODUCER = `
const [url, letter, count] = process.argv.slice(1);
const { QueueHandler } = lib('handlers');
const { RedisStreamQueue } = lib('queues');
const { Manager } = lib('core/manager');
const queue = new RedisStreamQueue({ url, timeout: 0.5, retryStart: 0.05, retryMax: 0.2, maxQueued: 40_000, flushTimeout: 30 });
const { root } = new Manager();
root.addHandler(new QueueHandler(queue));
root.setLevel('DEBUG');
let i = 0;
const timer = setInterval(async () => {
  for (let n = 0; n < 30 && i < Number(count); n++) root.info('%s%d', letter, i++);
  if (i < Number(count)) return;
  clearInterval(timer);
  await queue.close();
  const { sent, dropped } = queue.stats();
  console.log(JSON.stringify({ sent, dropped, memory: process.resourceUsage().maxRSS }));
}, 10);`;

/** Writes what it gets to a file until SIGTERM. Arguments: url, its name, the file. */
const CONSUMER = `
const [url, consumer, file] = process.argv.slice(1);
const { FileHandler, QueueListener } = lib('handlers');
const { RedisStreamQueue } = lib('queues');
const handler = new FileHandler(file);
const queue = new RedisStreamQueue({ url, consumer, timeout: 0.5, claimAfter: 1, batchSize: 200 });
const listener = new QueueListener(queue, [handler]).start();
process.once('SIGTERM', async () => {
  await listener.stop();
  await queue.close();
  await handler.close();
  console.log(JSON.stringify({ ...queue.stats(), memory: process.resourceUsage().maxRSS }));
});`;

/** What the files hold, `a0` to `b24999`; read on from where it was read to. */
class Handled {
  /** All lines, those that came twice included. */
  count = 0;
  readonly different = new Set<string>();
  readonly #files: ReadonlyMap<string, { rest: string; read: number }>;

  constructor(files: readonly string[]) {
    this.#files = new Map(files.map((file) => [file, { rest: '', read: 0 }]));
  }

  async reach(count: number): Promise<void> {
    await until(() => this.#readOn() >= count, { what: `${count} records are handled`, timeoutMs: 60_000 });
  }

  #readOn(): number {
    for (const [file, place] of this.#files) {
      if (!existsSync(file)) continue;
      const bytes = readFileSync(file).subarray(place.read);
      place.read += bytes.length;
      const lines = (place.rest + bytes.toString()).split('\n');
      place.rest = lines.pop() ?? '';
      this.count += lines.length;
      for (const line of lines) this.different.add(line);
    }
    return this.different.size;
  }
}

async function pending(server: RedisServer): Promise<number> {
  return (await (await server.client()).xPending('logs', 'nestjs-hindsight')).pending;
}

async function result(child: Child): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await child.ended();
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

describe.runIf(haveCommands('redis-server'))('RedisStreamQueue in processes', () => {
  it('loses none of 50 000 records when a consumer and Redis are killed and the network is cut', async () => {
    const server = await startRedis();
    const proxy = await startCutProxy(server.port);
    const url = `redis://127.0.0.1:${proxy.port}`;
    const directory = tempDir();
    const files = ['one', 'two', 'three'].map((name) => join(directory, name));
    const handled = new Handled(files);
    const consume = (index: number): Promise<Child> =>
      startChild(CONSUMER, { args: [url, `consumer-${index}`, files[index] ?? ''] });
    const first = await consume(0);
    const second = await consume(1);
    const producers = await Promise.all(
      ['a', 'b'].map((letter) => startChild(PRODUCER, { args: [url, letter, String(RECORDS_EACH)] })),
    );

    await handled.reach(TOTAL * 0.15);
    first.kill('SIGKILL');
    const third = await consume(2);
    await handled.reach(TOTAL * 0.35);
    await server.kill();
    await server.start();
    await handled.reach(TOTAL * 0.6);
    proxy.cut();
    expect(proxy.waiting).toBeGreaterThan(0);
    await until(() => proxy.waiting === 0, { what: 'all have given up their connections' });
    proxy.mend();
    await handled.reach(TOTAL);

    const sent = await Promise.all(producers.map(result));
    await until(async () => (await pending(server)) === 0, {
      what: 'all are acknowledged',
      timeoutMs: 20_000,
    });
    for (const consumer of [second, third]) consumer.kill('SIGTERM');
    const received = await Promise.all([second, third].map(result));

    // Reads what came after the last look.
    await handled.reach(TOTAL);
    expect(sent).toMatchObject(
      [1, 2].map(() => ({ sent: RECORDS_EACH, dropped: { overflow: 0, closed: 0 } })),
    );
    expect(handled.different.size).toBe(TOTAL);
    expect((await server.entries('logs')).length).toBe(TOTAL);
    // Every second time is one that the queue knew to be one: handed out again because nobody had acknowledged it.
    const repeated = received.reduce((sum, stats) => sum + Number(stats['repeated']), 0);
    expect(handled.count - TOTAL).toBeLessThanOrEqual(repeated);
    expect(handled.count - TOTAL).toBeLessThan(TOTAL / 20);
    expect(received).toMatchObject([1, 2].map(() => ({ setAside: 0, trimmed: 0 })));
    for (const { memory } of [...sent, ...received]) expect(memory).toBeLessThan(MOST_MEMORY_KIB);
  }, 120_000);
});
