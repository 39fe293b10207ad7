/** `forRoot({ queue: 'worker' })` in a process of its own: what its worker has written, however it ends. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild } from '../../support/child';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

/** A shop whose log is the file of a worker; arguments: the file, and other options of the handler, or another handler. */
const SHOP = `
require('reflect-metadata');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { getHandlerByName, getLogger, LoggingModule } = lib('index');
const [, filename, json = '{}'] = process.argv;
const options = JSON.parse(json);
const log = getLogger('shop');

class Shop {
  good() { log.debug('not written'); log.info('order placed'); return 'ok'; }
  bad() { for (let i = 0; i < 20; i++) log.debug('step %d', i); throw new Error('order lost'); }
  async slow() {
    log.info('slow begins');
    process.stdout.write('entered\\n');
    await new Promise((resolve) => setTimeout(resolve, 300));
    log.info('slow ends');
    return 'ok';
  }
  stall() {
    require('node:child_process').spawnSync('true', { stdio: 'inherit' });
    for (let i = 0; i < 20_000; i++) log.info('order %d of many', i);
    return 'ok';
  }
  crash() { setImmediate(() => { log.info('last words'); throw new Error('out of reach'); }); return 'ok'; }
}
for (const name of ['good', 'bad', 'slow', 'stall', 'crash'])
  Get(name)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name));
Controller()(Shop);
class App {}
Module({
  imports: [LoggingModule.forRoot({
    queue: 'worker',
    handlers: { file: options.class ? options : { class: 'FileHandler', filename, formatter: 'json', ...options } },
  })],
  controllers: [Shop],
})(App);
NestFactory.create(App, { bufferLogs: true, abortOnError: false }).then(async (app) => {
  app.enableShutdownHooks();
  const server = await app.listen(0, '127.0.0.1');
  process.stdout.write('port ' + server.address().port + '\\n');
}).catch((error) => { process.stdout.write('refused ' + error.message + '\\n'); process.exitCode = 1; });
`;

interface Line {
  readonly logger: string;
  readonly level: string;
  readonly message: string;
  readonly error?: { readonly type: string; readonly message: string };
  readonly hindsight?: { readonly reason: string };
}

async function shop(options: object = {}) {
  const file = join(tempDir(), 'app.log');
  const child = await startChild(SHOP, { args: [file, JSON.stringify(options)] });
  const port = await until(() => /port (\d+)/.exec(child.stdout)?.[1], { timeoutMs: 30_000 });
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/${path}`);
  const lines = (): Line[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Line)
      : [];
  const own = (): string[] =>
    lines()
      .filter(({ logger }) => logger === 'shop')
      .map(({ message }) => message);
  return { child, get, lines, own };
}

describe("LoggingModule.forRoot({ queue: 'worker' })", { timeout: 60_000 }, () => {
  it('writes all records of a failing request, in order, and none of a successful one', async () => {
    const { child, get, lines, own } = await shop();

    await get('good');
    await get('bad');
    await until(() => lines().some(({ error }) => error !== undefined), { timeoutMs: 20_000 });
    child.kill('SIGTERM');
    await child.ended();

    expect(own()).toEqual(['order placed', ...Array.from({ length: 20 }, (_, i) => `step ${i}`)]);
    expect(lines().filter(({ error }) => error?.message === 'order lost')).toHaveLength(1);
    expect(lines().find(({ message }) => message === 'step 7')?.hindsight?.reason).toBeDefined();
  });

  it('writes what the last open request logs before SIGTERM closes the application', async () => {
    const { child, get, own } = await shop({ buffer: { bytes: 1_000_000, intervalMs: 600_000 } });
    const answer = get('slow');
    await until(() => child.stdout.includes('entered'), { timeoutMs: 20_000 });

    child.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    await child.ended();

    expect(own()).toEqual(['slow begins', 'slow ends']);
    expect(child.stderr).toBe('');
  });

  it('writes the last records of a process that crashes', async () => {
    const { child, get, own } = await shop();

    await get('crash');
    expect(await child.ended()).toMatchObject({ code: 1 });

    expect(own()).toEqual(['last words']);
  });

  it("ends within the flushTimeout of 5 s at SIGTERM even if nobody reads the worker's output, and counts lost records", async () => {
    const { child, get } = await shop({ class: 'StreamHandler', stream: 'stdout' });
    child.process.stdout?.pause();
    await get('stall');

    const begun = performance.now();
    child.kill('SIGTERM');
    await until(() => child.process.exitCode !== null || child.process.signalCode !== null, {
      timeoutMs: 40_000,
    });
    const took = performance.now() - begun;
    child.process.stdout?.resume();
    const { stderr } = await child.ended();

    expect(took).toBeLessThan(8000);
    // Either the worker stops writing after 5 s, or it is stopped: whichever comes first.
    expect(stderr).toMatch(
      /a record was not written: .* more since the last report|WorkerQueue: \d+ records were lost at close/,
    );
  });

  it('does not start if the worker cannot create its handlers', async () => {
    const child = await startChild(SHOP, { args: ['/nowhere/at/all.log'] });

    const { stdout, code } = await child.ended();

    expect(stdout).toContain('refused WorkerQueue: the worker could not be set up: FileHandler: cannot open');
    expect(code).toBe(1);
  });
});
