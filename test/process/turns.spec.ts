/** What arrives of the lines that a handler writes at the end of a turn of the event loop, however the process ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild, startChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const RECORDS = 10_000;
/** Long enough that the pipe, 64 KiB, is full many times over. */
const PADDING = 'x'.repeat(100);

/** A child's preamble: a logger `log` that writes to stdout at the end of each turn. */
const SETUP = `
const { StreamHandler } = lib('handlers');
const { Manager } = lib('core/manager');
const { writeSync, fstatSync } = require('node:fs');
const handler = new StreamHandler(process.stdout, { buffer: 'turn' });
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(handler);
const logAll = (count) => { for (let at = 0; at < count; at++) log.info('%d ${PADDING}', at); };
`;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at} ${PADDING}`);
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

const ENDS: readonly (readonly [how: string, program: string, code: number])[] = [
  ['process.exit()', 'process.exit(3);', 3],
  ['an uncaught exception', `throw new Error('crash');`, 1],
  ['an unhandled rejection', `void Promise.reject(new Error('crash'));`, 1],
  ['an exception in a timer', `setTimeout(() => { logAll(0); throw new Error('crash'); });`, 1],
  ['its own end', '', 0],
];

describe('lines that wait for the end of a turn', () => {
  it.each(ENDS)('are all there after %s, those of exit listeners too', async (_how, end, code) => {
    const result = await runChild(`${SETUP}
      process.on('exit', () => log.info('bye'));
      logAll(${RECORDS});
      ${end}`);

    expect(result.code).toBe(code);
    expect(linesOf(result.stdout)).toEqual([...numbered(RECORDS), 'bye']);
  });

  it('do not keep a process alive that logs when it has nothing left to do', async () => {
    const { stdout } = await runChild(`${SETUP}
      let calls = 0;
      process.on('beforeExit', async () => {
        log.info('bye');
        await Promise.resolve();
        log.info('and bye');
        if (++calls > 10) process.exit();
      });`);

    expect(stdout).toBe('bye\nand bye\n');
  });

  it('are all there when a listener for SIGTERM calls shutdown()', async () => {
    const child = await startChild(`${SETUP}
      const { shutdown } = lib('core/shutdown');
      process.on('SIGTERM', async () => { log.info('stopping'); await shutdown(); process.kill(process.pid, 'SIGKILL'); });
      logAll(100);
      setInterval(() => {}, 1000);
      process.stderr.write('ready');`);

    await until(() => child.stderr === 'ready');
    child.kill('SIGTERM');

    expect(linesOf((await child.ended()).stdout)).toEqual([...numbered(100), 'stopping']);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('are there after %s when their turn was over', async (signal) => {
    const child = await startChild(`${SETUP}
      logAll(100);
      setImmediate(() => { process.stderr.write('ready'); setInterval(() => {}, 1000); });`);

    await until(() => child.stderr === 'ready');
    child.kill(signal);
    const result = await child.ended();

    expect(result.signal).toBe(signal);
    expect(linesOf(result.stdout)).toEqual(numbered(100));
  });

  it.each([
    ['kill -9', `process.kill(process.pid, 'SIGKILL');`],
    ['an abort', 'process.abort();'],
  ])('are lost by %s in the turn that logged them, and no others', async (_how, end) => {
    const { stdout } = await runChild(`${SETUP}
      logAll(100);
      setImmediate(() => setTimeout(() => { log.info('in the last turn'); ${end} }));`);

    expect(linesOf(stdout)).toEqual(numbered(100));
  });

  it('are written while a turn goes on that logs much', async () => {
    const path = join(tempDir(), 'out');
    const { stderr } = await runChild(
      `${SETUP}
      let most = 0, bytes = 0;
      for (let at = 0; at < 100_000; at++) {
        log.info('%d', at);
        bytes += String(at).length + 1;
        if (at % 1000 === 0) most = Math.max(most, bytes - fstatSync(1).size);
      }
      writeSync(2, String(most));`,
      { under: ['sh', '-c', `"$@" > ${path}`, 'sh'] },
    );

    expect(Number(stderr)).toBeLessThanOrEqual(64 * 1024);
    expect(linesOf(readFileSync(path, 'utf8'))).toEqual(Array.from({ length: 100_000 }, (_, at) => `${at}`));
  });

  it('are written while a turn goes on that logs seldom', async () => {
    const child = await startChild(`${SETUP}
      const sleeper = new Int32Array(new SharedArrayBuffer(4));
      for (let at = 0; ; at++) { log.info('%d', at); Atomics.wait(sleeper, 0, 0, 60); }`);

    await until(() => child.stdout.includes('5\n'));
    child.kill('SIGKILL');

    expect((await child.ended()).stdout).toMatch(/^0\n1\n2\n3\n4\n5\n/);
  });

  it('stay whole lines when several processes write to one pipe', async () => {
    const { stdout } = await runChild(
      `${SETUP}
      const name = process.pid;
      let left = 200;
      const turn = () => {
        for (let at = 0; at < 100; at++) log.info('%d %s', name, '${PADDING}'.repeat(1 + (at % 5)));
        if (--left > 0) setTimeout(turn);
      };
      turn();`,
      { under: ['sh', '-c', '("$@" & "$@" & "$@" & wait) | (sleep 1; cat)', 'sh'] },
    );

    const lines = linesOf(stdout);
    expect(lines.filter((line) => !/^\d+ x+$/.test(line))).toEqual([]);
    expect(lines).toHaveLength(60_000);
  });

  it('come before what console writes later in the turn, where Node tells of that', async () => {
    const { stdout } = await runChild(`${SETUP}
      log.info('one');
      require('node:diagnostics_channel').channel('console.log').publish([]);
      writeSync(1, 'two\\n');
      log.info('three');`);

    expect(stdout).toBe('one\ntwo\nthree\n');
  });

  it.runIf(Number(process.versions.node.split('.')[0]) >= 24)('keep their order with console', async () => {
    const { stdout, stderr } = await runChild(`${SETUP}
      log.addHandler(new StreamHandler(process.stderr, { buffer: 'turn' }));
      for (const at of [1, 3, 5]) { log.info(at); console.log(at + 1); console.error(at + 1); }`);

    expect([stdout, stderr]).toEqual(['1\n2\n3\n4\n5\n6\n', '1\n2\n3\n4\n5\n6\n']);
  });
});

describe('lines that a pipe does not take at the end of the turn', () => {
  it('are counted when the reader has gone, and the application runs on', async () => {
    const { stdout, stderr } = await runChild(
      `${SETUP}
      logAll(${RECORDS});
      setTimeout(() => { log.info('after a turn of the loop'); process.stderr.write('still here\\n'); });`,
      { under: ['sh', '-c', '"$@" | head -n 1', 'sh'] },
    );

    expect(stdout).toBe(`0 ${PADDING}\n`);
    expect(stderr).toContain('still here');
    expect(stderr).toMatch(/StreamHandler <stdout>: \d+ records wait for the stream .*EPIPE/);
    expect(stderr).toMatch(/\d+ records were lost at close.*EPIPE/);
  });

  it('wait for a reader that comes back, 1 MiB of them', { timeout: 30_000 }, async () => {
    const child = await startChild(`${SETUP}
      logAll(5000);
      setTimeout(() => {
        log.info('in the next turn');
        process.stderr.write('ready\\n');
      });
      setInterval(() => {}, 1000);`);
    child.process.stdout?.pause();

    await until(() => child.stderr.includes('ready'), { timeoutMs: 20_000 });
    expect(child.stderr).toMatch(/StreamHandler <stdout>: \d+ records wait for the stream .*EAGAIN/);
    child.process.stdout?.resume();
    await until(() => child.stdout.includes('in the next turn'));

    expect(linesOf(child.stdout)).toEqual([...numbered(5000), 'in the next turn']);
  });
});

describe('lines of a worker thread', () => {
  it.each([
    ['its own end', ''],
    ['process.exit()', 'process.exit(0);'],
  ])('arrive after %s', async (_how, end) => {
    const library = `const lib = (path) => require(${JSON.stringify(await compiledLib())} + '/' + path);`;
    const program = JSON.stringify(`${library}${SETUP}logAll(100);${end}`);

    const { stdout } = await runChild(
      `new (require('node:worker_threads').Worker)(${program}, { eval: true });`,
    );

    expect(linesOf(stdout)).toEqual(numbered(100));
  });
});
