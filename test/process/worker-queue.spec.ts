/** What reaches the handlers of a worker thread, however the process ends. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild, startChild } from '../support/child';
import { haveCommands } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { linesOf, linesOfFile } from '../support/lines';

const RECORDS = 20_000;

/** A child's preamble: a logger `log` whose handler is in a worker thread, and `all()`, which logs every record. */
function setup(handler: Readonly<Record<string, unknown>>): string {
  return `
    const { Manager, QueueHandler, WorkerQueue } = lib('logging');
    const workers = [];
    process.on('worker', (worker) => workers.push(worker));
    const queue = new WorkerQueue({
      handlers: { only: ${JSON.stringify(handler)} },
      // The machine may be busy: what is measured here is what arrives, not when.
      flushTimeout: 60,
    });
    const log = new Manager().getLogger('app');
    log.setLevel('DEBUG');
    log.addHandler(new QueueHandler(queue));
    const all = (from = 0, to = ${RECORDS}) => { for (let i = from; i < to; i++) log.info('record %d', i); };
  `;
}

function expected(): string[] {
  return Array.from({ length: RECORDS }, (_, i) => `record ${i}`);
}

const ENDS: readonly (readonly [how: string, program: string, code: number])[] = [
  ['having nothing left to do', 'all();', 0],
  ['process.exit()', 'all(); process.exit(3);', 3],
  ['an uncaught exception', `all(); throw new Error('crash');`, 1],
  ['an unhandled rejection', `all(); Promise.reject(new Error('crash'));`, 1],
  ['process.exit() in a later turn', 'all(); setTimeout(() => process.exit(3), 30);', 3],
];

describe('a WorkerQueue', { timeout: 120_000 }, () => {
  it.each(ENDS)('has delivered every record when the process ends by %s', async (_how, program, code) => {
    const filename = join(tempDir(), 'app.log');

    const result = await runChild(setup({ class: 'FileHandler', filename }) + program);

    expect(result.code).toBe(code);
    expect(linesOfFile(filename)).toEqual(expected());
  });

  it('has delivered what is logged while the process ends', async () => {
    const filename = join(tempDir(), 'app.log');

    await runChild(`
      ${setup({ class: 'FileHandler', filename })}
      process.on('exit', () => { for (let i = 0; i < 3; i++) log.info('late %d', i); });
      log.info('early');`);

    expect(linesOfFile(filename)).toEqual(['early', 'late 0', 'late 1', 'late 2']);
  });

  it('has written what a file handler in the worker holds back', async () => {
    const filename = join(tempDir(), 'app.log');
    const buffer = { bytes: 10_000_000, intervalMs: 600_000 };

    await runChild(`${setup({ class: 'FileHandler', filename, buffer })} all(); process.exit();`);

    expect(linesOfFile(filename)).toEqual(expected());
  });

  it('has written to stdout, which in a worker goes through the other thread', async () => {
    const { stdout } = await runChild(
      `${setup({ class: 'StreamHandler', stream: 'stdout' })} all(); process.exit();`,
    );

    expect(linesOf(stdout)).toEqual(expected());
  });

  it.each([
    ['and the process goes on', 'setTimeout(() => {}, 500);'],
    ['and the process ends at once', 'process.exit();'],
    ['and the process crashes', `throw new Error('crash');`],
  ])('loses nothing when the worker is terminated in the middle, %s', async (_what, end) => {
    const filename = join(tempDir(), 'app.log');

    await runChild(`
      ${setup({ class: 'FileHandler', filename })}
      queue.ready().then(() => {
        all(0, ${RECORDS / 2});
        workers[0].terminate();
        all(${RECORDS / 2});
        ${end}
      });`);

    const written = linesOfFile(filename);
    expect([...new Set(written)]).toEqual(expected());
    // The one that was being handled may come twice.
    expect(written.length - RECORDS).toBeLessThanOrEqual(1);
  });

  it('does not keep the process alive, whether it is open, closed or used', async () => {
    const filename = join(tempDir(), 'app.log');
    const open = setup({ class: 'FileHandler', filename });

    for (const program of [
      '',
      'queue.ready();',
      'queue.close();',
      'all(0, 1); queue.close();',
      'all(0, 1); queue.flush();',
    ])
      expect(await runChild(open + program)).toMatchObject({ code: 0, stderr: '' });
  });

  it('tells what it could not deliver before the process had to end', async () => {
    const { stderr } = await runChild(`
      ${setup({ class: 'NoSuchHandler' }).replace('flushTimeout: 60', 'flushTimeout: 0.5')}
      all(0, 7); process.exit();`);

    expect(stderr).toContain('WorkerQueue: 7 records still wait for the worker after 0.5 s');
  });

  it.each([
    ['process.exit()', 'process.exit(0);'],
    ['having nothing left to do', ''],
    ['shutdown() and process.exit()', `lib('logging').shutdown().then(() => process.exit(0));`],
  ])('ends within flushTimeout by %s though nobody reads what it writes', async (_how, end) => {
    const child = await startChild(`
      ${setup({ class: 'StreamHandler', stream: 'stdout' }).replace('flushTimeout: 60', 'flushTimeout: 1')}
      require('node:child_process').spawnSync('true', { stdio: 'inherit' });
      queue.ready().then(() => {
        all();
        const begun = performance.now();
        process.on('exit', () => process.stderr.write('took ' + (performance.now() - begun) + ' ms'));
        ${end}
      });`);
    child.process.stdout?.pause();

    await until(() => child.process.exitCode !== null, { timeoutMs: 20_000 });
    child.process.stdout?.resume();
    const { code, stderr } = await child.ended();

    expect(code).toBe(0);
    expect(Number(/took ([\d.]+) ms/.exec(stderr)?.[1])).toBeLessThan(2500);
    expect(stderr).toMatch(
      /WorkerQueue: \d+ records (still wait for the worker after 1 s|were lost at close)/,
    );
  });

  it.runIf(haveCommands('mkfifo'))(
    'ends within flushTimeout though its file is a FIFO whose reader has stopped, and counts what is lost',
    async () => {
      const filename = join(tempDir(), 'app.log');
      execFileSync('mkfifo', [filename]);

      const { code, stderr } = await runChild(`
        const { constants, openSync } = require('node:fs');
        openSync(${JSON.stringify(filename)}, constants.O_RDONLY | constants.O_NONBLOCK);
        ${setup({ class: 'FileHandler', filename }).replace('flushTimeout: 60', 'flushTimeout: 1')}
        queue.ready().then(() => {
          all();
          const begun = performance.now();
          process.on('exit', () => process.stderr.write('took ' + (performance.now() - begun) + ' ms'));
          lib('logging').shutdown().then(() => process.exit(0));
        });`);

      expect(code).toBe(0);
      expect(Number(/took ([\d.]+) ms/.exec(stderr)?.[1])).toBeLessThan(2500);
      expect(stderr).toMatch(
        /WorkerQueue: \d+ records (still wait for the worker after 1 s|were lost at close)/,
      );
    },
  );
});
