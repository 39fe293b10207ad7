/** A service of its own process in which every request fails: what is written stays bounded, and every failure is counted. */
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startChild } from '../support/child';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const SERVICE = `
  const express = require('express');
  const { FileHandler } = lib('handlers');
  const { JsonFormatter } = lib('formatters');
  const { getLogger } = lib('logging');
  const { requestLogs } = lib('express/request-logs.middleware');
  const { errorLogs } = lib('express/error-logs.middleware');
  const { stats } = lib('scope/scope-registry');
  const { shutdown } = lib('core/shutdown');
  const target = new FileHandler(process.argv[1], { formatter: new JsonFormatter() });
  const log = getLogger('shop');
  const app = express();
  app.use(requestLogs({ target }));
  app.get('/orders', () => {
    for (let i = 0; i < 20; i++) log.debug('step %d', i);
    throw new TypeError('the database is gone');
  });
  app.use(errorLogs());
  app.use((error, request, response, next) => response.status(500).end());
  const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.on('SIGTERM', () => server.close(async () => {
    await shutdown();
    console.log(JSON.stringify(stats()));
  }));
`;

interface Line {
  readonly message: string;
  readonly flood?: { readonly failures: number; readonly records: number };
}

async function requests(port: number, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get({ port, agent, path: '/orders' }, (response) => response.resume().once('end', resolve)).once(
        'error',
        reject,
      );
    });
  await Promise.all(Array.from({ length: count }, one));
  agent.destroy();
}

describe('a flood of failing requests', { timeout: 30_000 }, () => {
  it('is bounded, and dumps and summaries together are all the failures', async () => {
    const file = join(tempDir(), 'app.log');
    const service = await startChild(SERVICE, { args: [file] });
    await until(() => service.stdout.includes('\n'));
    const started = performance.now();
    await requests(Number(service.stdout), 3000);
    const seconds = (performance.now() - started) / 1000;
    service.kill('SIGTERM');
    const { stdout } = await service.ended();

    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const dumps = lines.filter(({ message }) => message === 'GET /orders failed').length;
    const left = lines.flatMap(({ flood }) => flood ?? []);
    const failures = left.reduce((sum, flood) => sum + flood.failures, 0);
    expect(dumps).toBeGreaterThanOrEqual(20);
    expect(dumps).toBeLessThanOrEqual(20 + Math.ceil(seconds) * 20);
    expect(dumps + failures).toBe(3000);
    expect(left.reduce((sum, flood) => sum + flood.records, 0)).toBe(failures * 20);
    expect(lines.filter(({ message }) => message.startsWith('step '))).toHaveLength(dumps * 20);
    const counts = JSON.parse(stdout.split('\n')[1] ?? '') as Record<string, Record<string, number>>;
    expect(counts['scopes']).toMatchObject({ opened: 3000, settled: 3000, dumps, flooded: failures });
    expect(counts['records']).toMatchObject({ dumped: dumps * 20, dropped: failures * 20, held: 0 });
  });
});
