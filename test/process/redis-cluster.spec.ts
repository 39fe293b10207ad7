/** Processes log through a Redis cluster and handle what was logged, while the stream's slot is moved between its nodes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QueueHandler } from '../../lib/handlers';
import { RedisStreamQueue } from '../../lib/queues';
import { startRedisCluster } from '../peers/redis-cluster';
import { capturedStderr } from '../support/captured-stderr';
import { startChild } from '../support/child';
import { haveCommands } from '../support/real-means';
import { CONSUMER, PRODUCER, resultOf } from '../support/redis-programs';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const RECORDS_EACH = 12_000;

const PRODUCER_OPTIONS = JSON.stringify({ timeout: 1 });
const CONSUMER_OPTIONS = JSON.stringify({ timeout: 1, claimAfter: 2 });

function linesOf(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [],
  );
}

describe.runIf(haveCommands('redis-server'))('RedisStreamQueue on a cluster', { timeout: 120_000 }, () => {
  it.each([1, 3])('carries records with the default name, whichever of %i nodes is asked', async (size) => {
    const cluster = await startRedisCluster(size);

    for (const url of cluster.urls) {
      const queue = new RedisStreamQueue({ url, maxDeliveries: 1 });
      onTestFinished(() => queue.close());
      new QueueHandler(queue).handle(some.record({ message: `by ${url}` }));
      await queue.flush();
      const [taken] = (await queue.dequeue(AbortSignal.timeout(10_000))) ?? [];

      expect(taken?.record.getMessage()).toBe(`by ${url}`);
      await taken?.nack?.(new Error('cannot be handled'));
      capturedStderr();
      await until(() => queue.stats().setAside === 1);
    }

    expect(await cluster.entries('{logs}:aside')).toHaveLength(size);
  });

  it('loses nothing, and stores nothing twice, while the slot of the stream is moved from node to node', async () => {
    const cluster = await startRedisCluster(3);
    const directory = tempDir();
    const files = ['one', 'two'].map((name) => join(directory, name));
    const consumers = await Promise.all(
      files.map((file, i) =>
        startChild(CONSUMER, { args: [cluster.urls[i] ?? '', `consumer-${i}`, file, CONSUMER_OPTIONS] }),
      ),
    );
    const producers = await Promise.all(
      ['a', 'b'].map((letter, i) =>
        startChild(PRODUCER, {
          args: [cluster.urls[2 - i] ?? '', letter, String(RECORDS_EACH), '20', PRODUCER_OPTIONS],
        }),
      ),
    );

    await until(() => linesOf(files).length > 500, { timeoutMs: 30_000 });
    for (let move = 0; move < 6; move++) {
      const from = await cluster.ownerOf('logs');
      // With some keys there and some here for longer than one attempt lasts, every other time.
      await cluster.move('logs', (from + 1) % 3, () => sleep(move % 2 === 0 ? 0 : 300));
      await sleep(300);
    }
    const sent = await Promise.all(producers.map(resultOf));
    const total = 2 * RECORDS_EACH;
    await until(() => new Set(linesOf(files)).size === total, { what: 'all is handled', timeoutMs: 60_000 });
    for (const consumer of consumers) consumer.kill('SIGTERM');
    const taken = await Promise.all(consumers.map(resultOf));

    for (const counts of sent)
      expect(counts).toEqual({
        memory: expect.any(Number) as number,
        sent: RECORDS_EACH,
        dropped: { overflow: 0, refused: 0, closed: 0 },
      });
    // Each is in the stream once; a consumer may be given again what it had not acknowledged.
    expect(await cluster.entries('logs')).toHaveLength(total);
    const repeated = taken.reduce((sum, counts) => sum + Number(counts['repeated']), 0);
    expect(linesOf(files).length - total).toBeLessThanOrEqual(repeated);
    expect(taken.every((counts) => counts['trimmed'] === 0)).toBe(true);
  });

  it('waits while no node has the slot, and says what it waits for', async () => {
    const cluster = await startRedisCluster(1);
    const stderr = capturedStderr();
    const queue = new RedisStreamQueue({
      url: cluster.urls[0] ?? '',
      timeout: 0.3,
      retryStart: 0.05,
      retryMax: 0.1,
    });
    onTestFinished(() => queue.close());
    await cluster.serve('logs', false);

    new QueueHandler(queue).handle(some.record({ message: 'kept' }));
    await until(() => stderr.text.includes('CLUSTERDOWN'), { timeoutMs: 10_000 });
    await cluster.serve('logs', true);
    await until(() => queue.stats().sent === 1, { timeoutMs: 10_000 });

    expect(await cluster.entries('logs')).toHaveLength(1);
  });

  it('asks another node when the one of its url is gone', async () => {
    const cluster = await startRedisCluster(3);
    const owner = await cluster.ownerOf('logs');
    const gone = 'redis://127.0.0.1:1';
    const queue = new RedisStreamQueue({
      url: gone,
      nodes: [cluster.urls[(owner + 1) % 3] ?? ''],
      retryStart: 0.05,
    });
    onTestFinished(() => queue.close());
    capturedStderr();

    new QueueHandler(queue).handle(some.record({ message: 'kept' }));
    await until(() => queue.stats().sent === 1, { timeoutMs: 10_000 });

    expect(await cluster.entries('logs')).toHaveLength(1);
  });
});
