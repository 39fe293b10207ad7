/** Two processes log through Redis, two handle; then one of them, Redis and the network fail in the middle. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../peers/redis-server';
import { startChild, type Child } from '../support/child';
import { startCutProxy } from '../support/cut-proxy';
import { haveCommands } from '../support/real-means';
import { CONSUMER, PRODUCER, resultOf } from '../support/redis-programs';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

// The first to ask compiles the library; that is not part of a test's time.
const RECORDS_EACH = 25_000;
const TOTAL = 2 * RECORDS_EACH;
/** What a bare process with the library has, and some; all 50 000 records would be far more. In KiB. */
const MOST_MEMORY_KIB = 250 * 1024;

const PRODUCER_OPTIONS = JSON.stringify({ timeout: 0.5 });
const CONSUMER_OPTIONS = JSON.stringify({ timeout: 0.5, claimAfter: 1 });

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

describe.runIf(haveCommands('redis-server'))('RedisStreamQueue in processes', () => {
  it('loses none of 50 000 records when a consumer and Redis are killed and the network is cut', async () => {
    const server = await startRedis();
    const proxy = await startCutProxy(server.port);
    const url = `redis://127.0.0.1:${proxy.port}`;
    const directory = tempDir();
    const files = ['one', 'two', 'three'].map((name) => join(directory, name));
    const handled = new Handled(files);
    const consume = (index: number): Promise<Child> =>
      startChild(CONSUMER, { args: [url, `consumer-${index}`, files[index] ?? '', CONSUMER_OPTIONS] });
    const first = await consume(0);
    const second = await consume(1);
    const producers = await Promise.all(
      ['a', 'b'].map((letter) =>
        startChild(PRODUCER, { args: [url, letter, String(RECORDS_EACH), '30', PRODUCER_OPTIONS] }),
      ),
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

    const sent = await Promise.all(producers.map(resultOf));
    await until(async () => (await pending(server)) === 0, {
      what: 'all are acknowledged',
      timeoutMs: 20_000,
    });
    for (const consumer of [second, third]) consumer.kill('SIGTERM');
    const received = await Promise.all([second, third].map(resultOf));

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
