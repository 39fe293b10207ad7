/** How long a log call waits for the reader of stdout. The tests run at the same time, because their programs only wait. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild, type Child } from '../support/child';
import { LOG_TO_STDOUT } from '../support/log-to-stdout';
import { tempDir, type OnFinished } from '../support/temp-dir';
import { until } from '../support/until';

/** The pipe, 64 KiB, is full after some hundred records. */
const PADDING = 'x'.repeat(100);

/** A pipe that the test reads, when it wants to. */
function ownPipe(onFinished: OnFinished): {
  readonly write: number;
  read(bytes: number): string;
  drain(): string;
} {
  const path = join(tempDir(onFinished), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  onFinished(() => [reader, write].forEach((fd) => closeSync(fd)));
  const read = (bytes: number): string => {
    const buffer = Buffer.alloc(bytes);
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer));
    } catch {
      // EAGAIN: there is nothing.
      return '';
    }
  };
  const drain = (): string => {
    let text = '';
    for (let part = read(65_536); part !== ''; part = read(65_536)) text += part;
    return text;
  };
  return { write, read, drain };
}

/** Prints how long the calls that waited took together, and the longest of them, in ms. */
const LOG_AND_MEASURE = `
  let total = 0, longest = 0;
  const measured = (work) => {
    const begun = performance.now();
    work();
    const took = performance.now() - begun;
    // A busy machine takes some ms, too.
    if (took >= 100) total += took;
    longest = Math.max(longest, took);
  };
  const say = () => require('node:fs').writeSync(2, JSON.stringify({ total, longest }) + '\\n');
`;

interface Measured {
  readonly total: number;
  readonly longest: number;
}

async function measured(child: Child, timeoutMs: number): Promise<Measured> {
  await until(() => /^\{"total".*\}$/m.test(child.stderr), { timeoutMs });
  return JSON.parse(/^\{"total".*\}$/m.exec(child.stderr)?.[0] ?? '') as Measured;
}

/** Ways to make the descriptor blocking for all processes that share it. */
const SHARED: readonly (readonly [how: string, program: string])[] = [
  ['a child has run with it', `require('node:child_process').spawnSync('true', { stdio: 'inherit' });`],
  [
    'a child runs with it',
    `require('node:child_process').spawn('sleep', ['30'], { stdio: 'inherit' }).unref();`,
  ],
  [
    'another Node has run with it',
    `require('node:child_process').spawnSync(process.execPath, ['-e', 'process.stdout'], { stdio: 'inherit' });`,
  ],
];

describe.concurrent('a log call on a pipe that nobody reads', { timeout: 40_000 }, () => {
  const LOG_MUCH = `${LOG_TO_STDOUT}${LOG_AND_MEASURE}
    SHARE
    for (let at = 0; at < 3000; at++) measured(() => log.info('%d ${PADDING}', at));
    say();
    process.exit(0);`;

  it.for(SHARED)('returns although %s', async ([_how, share], { onTestFinished }) => {
    const pipe = ownPipe(onTestFinished);
    const child = await startChild(LOG_MUCH.replace('SHARE', share), {
      stdio: ['ignore', pipe.write, 'pipe'],
      onFinished: onTestFinished,
    });

    const { total } = await measured(child, 20_000);

    expect(total).toBeGreaterThan(4000);
    expect(total).toBeLessThan(6000);
    expect(child.stderr).toMatch(/a record was not written: .*EAGAIN/);
  });

  it.for(SHARED)('returns although it is a socket and %s', async ([_how, share], { onTestFinished }) => {
    const child = await startChild(LOG_MUCH.replace('SHARE', share), { onFinished: onTestFinished });
    child.process.stdout?.pause();

    const { total } = await measured(child, 20_000);
    child.process.stdout?.resume();

    expect(total).toBeGreaterThan(4000);
    expect(total).toBeLessThan(6000);
    expect(child.stderr).toMatch(/a record was not written: .*EAGAIN/);
  });

  it('stops waiting for a reader that takes nothing, once', async ({ onTestFinished }) => {
    const child = await startChild(
      `${LOG_TO_STDOUT}
      const begun = Date.now();
      for (let at = 0; at < 3000; at++) log.info('%d ${PADDING}', at);
      process.stderr.write('done after ' + (Date.now() - begun) + ' ms\\n');`,
      { onFinished: onTestFinished },
    );
    child.process.stdout?.pause();

    await until(() => child.stderr.includes('done after'), { timeoutMs: 15_000 });
    child.process.stdout?.resume();
    await child.ended();

    const took = Number(/done after (\d+) ms/.exec(child.stderr)?.[1]);
    expect(took).toBeGreaterThanOrEqual(4000);
    expect(took).toBeLessThan(8000);
    expect(child.stderr).toMatch(/EAGAIN/);
  });

  it('waits once for stdout and stderr together', async ({ onTestFinished }) => {
    const [out, err] = [ownPipe(onTestFinished), ownPipe(onTestFinished)];
    const result = join(tempDir(onTestFinished), 'result');
    const child = await startChild(
      `${LOG_TO_STDOUT}${LOG_AND_MEASURE}
      log.addHandler(new StreamHandler(process.stderr));
      for (let at = 0; at < 3000; at++) measured(() => log.info('%d ${PADDING}', at));
      require('node:fs').writeFileSync(process.argv[1], String(total));
      process.exit(0);`,
      { stdio: ['ignore', out.write, err.write], args: [result], onFinished: onTestFinished },
    );

    await child.ended();

    expect(Number(readFileSync(result, 'utf8'))).toBeLessThan(6000);
  });

  it('writes again when the reader is back', async ({ onTestFinished }) => {
    const pipe = ownPipe(onTestFinished);
    const child = await startChild(
      // Before the measure is printed: a signal that nobody listens for ends the process.
      `process.once('SIGUSR2', () => { log.info('after it'); process.exit(0); });
      ${LOG_MUCH.replace('SHARE', '').replace('process.exit(0);', '')}
      setInterval(() => {}, 1000);`,
      { stdio: ['ignore', pipe.write, 'pipe'], onFinished: onTestFinished },
    );
    await measured(child, 20_000);
    const before = pipe.drain();

    child.kill('SIGUSR2');
    await child.ended();

    expect(before).not.toContain('after it');
    expect(pipe.drain()).toBe('after it\n');
  });
});

describe.concurrent('a log call on a pipe whose reader is slow', { timeout: 40_000 }, () => {
  it.for([
    ['a long record, and 4 KiB are read every second', 16_384, 4096, 1000],
    ['many short ones, and 64 KiB are read every 1.5 s', 100, 65_536, 1500],
    ['long ones, and a byte is read every 20 ms', 20_000, 1, 20],
  ] as const)(
    'waits for 5 s a minute at most: %s',
    async ([_what, length, bytes, everyMs], { onTestFinished }) => {
      const pipe = ownPipe(onTestFinished);
      const child = await startChild(
        `${LOG_TO_STDOUT}${LOG_AND_MEASURE}
      const text = 'x'.repeat(${length});
      const end = performance.now() + 9000;
      const turn = () => {
        for (let at = 0; at < 1_000_000 / ${length} && performance.now() < end; at++) measured(() => log.info(text));
        if (performance.now() < end) setTimeout(turn, 10);
        else { say(); process.exit(0); }
      };
      turn();`,
        { stdio: ['ignore', pipe.write, 'pipe'], onFinished: onTestFinished },
      );
      const reader = setInterval(() => pipe.read(bytes), everyMs);
      onTestFinished(() => clearInterval(reader));

      const { total, longest } = await measured(child, 30_000);

      expect(total).toBeLessThan(6000);
      expect(longest).toBeLessThan(5500);
    },
  );
});

describe.concurrent('a program that shares stdout with a logger', { timeout: 40_000 }, () => {
  it('writes all that it has to a slow reader', async ({ onTestFinished }) => {
    const pipe = ownPipe(onTestFinished);
    const child = await startChild(
      `${LOG_TO_STDOUT}
      const other = require('node:child_process').spawn('head', ['-c', '2000000', '/dev/zero'], { stdio: 'inherit' });
      const timer = setInterval(() => log.info('a line of ours'), 1);
      other.on('exit', (code) => { clearInterval(timer); process.stderr.write('exit ' + code); });`,
      { stdio: ['ignore', pipe.write, 'pipe'], onFinished: onTestFinished },
    );
    let zeros = 0;
    const reader = setInterval(() => {
      zeros += pipe.read(16_384).split('\0').length - 1;
    }, 2);
    onTestFinished(() => clearInterval(reader));

    await until(() => child.stderr.includes('exit'), { timeoutMs: 30_000 });
    clearInterval(reader);
    zeros += pipe.drain().split('\0').length - 1;

    expect(child.stderr).toBe('exit 0');
    expect(zeros).toBe(2_000_000);
  });
});
