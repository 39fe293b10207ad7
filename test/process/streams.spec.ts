/** What arrives at the other end of stdout, whatever that end does. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { runChild, startChild, type Child } from '../support/child';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const RECORDS = 10_000;
/** Long enough that the pipe, 64 KiB, is full many times over. */
const PADDING = 'x'.repeat(100);

/** A child's preamble: a logger `log` that writes to stdout. */
const SETUP = `
const { StreamHandler } = lib('handlers');
const { Manager } = lib('core/manager');
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(new StreamHandler(process.stdout));
`;

const LOG_ALL = `for (let at = 0; at < ${RECORDS}; at++) log.info('%d ${PADDING}', at);`;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at} ${PADDING}`);
}

/** Bash runs the child with a real pipe: Node's own spawn would make a socket. */
async function throughPipe(program: string, reader: string): Promise<{ stdout: string; stderr: string }> {
  const directory = await compiledLib();
  const source = `const lib = (path) => require(${JSON.stringify(directory)} + '/' + path);${program}`;
  const shell = spawn('sh', ['-c', `"$0" -e "$1" | ${reader}`, process.execPath, source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(shell, 'close');
  return { stdout, stderr };
}

describe('a StreamHandler on stdout', () => {
  it.each([
    ['process.exit()', 'process.exit(3);', 3],
    ['an uncaught exception', `throw new Error('crash');`, 1],
  ])('has handed over every record before %s', async (_how, end, code) => {
    const result = await runChild(`${SETUP}${LOG_ALL}${end}`);

    expect(result.code).toBe(code);
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(numbered(RECORDS));
  });

  it('has handed over every record when SIGTERM ends the process', async () => {
    const child = await startChild(
      `${SETUP}${LOG_ALL}process.stderr.write('ready');setInterval(() => {}, 1000);`,
    );

    await until(() => child.stderr === 'ready');
    child.kill('SIGTERM');
    const result = await child.ended();

    expect(result.signal).toBe('SIGTERM');
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(numbered(RECORDS));
  });

  it('waits for a slow reader and loses nothing at process.exit()', async () => {
    const child = await startChild(`${SETUP}${LOG_ALL}process.exit(0);`);
    const pipe = child.process.stdout;
    const pauses = setInterval(() => {
      pipe?.pause();
      setTimeout(() => pipe?.resume(), 5);
    }, 10);

    const result = await child.ended();
    clearInterval(pauses);

    expect(result.stdout.split('\n').slice(0, -1)).toEqual(numbered(RECORDS));
  });

  it('writes through a pipe of the shell without loss', async () => {
    const { stdout, stderr } = await throughPipe(
      `${SETUP}${LOG_ALL}process.exit(0);`,
      '(read first; cat) | wc -l',
    );

    expect(stderr).toBe('');
    expect(Number(stdout)).toBe(RECORDS - 1);
  });

  it('survives a reader that goes away, and counts on stderr what it did not take', async () => {
    const { stdout, stderr } = await throughPipe(
      `${SETUP}${LOG_ALL}
      setImmediate(() => { log.info('after a turn of the loop'); process.stderr.write('still here\\n'); });`,
      'head -n 1',
    );

    expect(stdout).toBe(`0 ${PADDING}\n`);
    expect(stderr).toContain('still here');
    expect(stderr).toMatch(/StreamHandler <stdout>: a record was not written: .*EPIPE/);
    const more = Number(/\[(\d+) more since the last report\]/.exec(stderr)?.[1]);
    expect(more).toBeGreaterThan(RECORDS / 2);
    expect(more).toBeLessThanOrEqual(RECORDS);
  });

  it("survives an 'error' event of stdout that others caused", async () => {
    const { stderr } = await throughPipe(
      `${SETUP}log.info('first');
      const timer = setInterval(() => console.log('not ours'), 1);
      setTimeout(() => { clearInterval(timer); process.stderr.write('still here\\n'); }, 100);`,
      'head -n 1',
    );

    expect(stderr).toContain('still here');
    expect(stderr).toContain('EPIPE');
  });

  it('reports each record on a closed descriptor, and writes again when it is open', async () => {
    const result = await runChild(
      `${SETUP}
      const fs = require('node:fs');
      const copy = fs.openSync('/proc/self/fd/1', 'w');
      process.stdout;
      fs.closeSync(1);
      log.info('lost'); log.info('lost too');
      const again = fs.openSync('/proc/self/fd/' + copy, 'w');
      log.info('kept');
      process.stderr.write('descriptor ' + again + '\\n');`,
      { under: ['sh', '-c', '"$@" | cat', 'sh'] },
    );

    expect(result.stderr).toContain('descriptor 1');
    expect(result.stderr).toMatch(/EBADF/);
    expect(result.stderr).toContain('[1 more since the last report]');
    expect(result.stdout).toBe('kept\n');
  });

  it('reports a full device and goes on', async () => {
    const { stderr } = await throughPipe(
      `${SETUP}
      const { FileHandler } = lib('handlers');
      const fs = require('node:fs');
      log.addHandler(new StreamHandler({ write: (text) => fs.writeSync(fs.openSync('/dev/full', 'w'), text) }));
      log.info('to both');`,
      'cat >&2',
    );

    expect(stderr).toContain('to both\n');
    expect(stderr).toMatch(/StreamHandler: a record was not written: .*ENOSPC/);
  });

  it('stops waiting for a reader that takes nothing, once', async () => {
    const child = await startChild(`${SETUP}
      const begun = Date.now();
      for (let at = 0; at < 3000; at++) log.info('%d ${PADDING}', at);
      process.stderr.write('done after ' + (Date.now() - begun) + ' ms\\n');`);
    child.process.stdout?.pause();

    await until(() => child.stderr.includes('done after'), { timeoutMs: 15_000 });
    child.process.stdout?.resume();
    await child.ended();

    const took = Number(/done after (\d+) ms/.exec(child.stderr)?.[1]);
    expect(took).toBeGreaterThanOrEqual(4000);
    expect(took).toBeLessThan(8000);
    expect(child.stderr).toMatch(/EAGAIN/);
  }, 20_000);

  it('keeps no process alive', async () => {
    const begun = performance.now();

    const result = await runChild(`${SETUP}log.info('only this');`);

    expect(result).toMatchObject({ code: 0, stdout: 'only this\n', stderr: '' });
    expect(performance.now() - begun).toBeLessThan(8000);
  });
});

/** A pipe whose reading end is the test's, which reads when it wants to. */
function ownPipe(): { readonly write: number; read(bytes: number): string; drain(): string } {
  const path = join(tempDir(), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  onTestFinished(() => [reader, write].forEach((fd) => closeSync(fd)));
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

/** Says how long the calls that stood still took together, and the longest of them, in ms. */
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

/** Of ways to make the descriptor blocking for all who share it. */
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

describe('a log call on a pipe that nobody reads', { timeout: 40_000 }, () => {
  const LOG_MUCH = `${SETUP}${LOG_AND_MEASURE}
    SHARE
    for (let at = 0; at < 3000; at++) measured(() => log.info('%d ${PADDING}', at));
    say();
    process.exit(0);`;

  it.each(SHARED)('returns although %s', async (_how, share) => {
    const pipe = ownPipe();
    const child = await startChild(LOG_MUCH.replace('SHARE', share), {
      stdio: ['ignore', pipe.write, 'pipe'],
    });

    const { total } = await measured(child, 20_000);

    expect(total).toBeGreaterThan(4000);
    expect(total).toBeLessThan(6000);
    expect(child.stderr).toMatch(/a record was not written: .*EAGAIN/);
  });

  it.each(SHARED)('returns although it is a socket and %s', async (_how, share) => {
    const child = await startChild(LOG_MUCH.replace('SHARE', share));
    child.process.stdout?.pause();

    const { total } = await measured(child, 20_000);
    child.process.stdout?.resume();

    expect(total).toBeGreaterThan(4000);
    expect(total).toBeLessThan(6000);
    expect(child.stderr).toMatch(/a record was not written: .*EAGAIN/);
  });

  it('stands still once for stdout and stderr together', async () => {
    const [out, err] = [ownPipe(), ownPipe()];
    const result = join(tempDir(), 'result');
    const child = await startChild(
      `${SETUP}${LOG_AND_MEASURE}
      log.addHandler(new StreamHandler(process.stderr));
      for (let at = 0; at < 3000; at++) measured(() => log.info('%d ${PADDING}', at));
      require('node:fs').writeFileSync(process.argv[1], String(total));
      process.exit(0);`,
      { stdio: ['ignore', out.write, err.write], args: [result] },
    );

    await child.ended();

    expect(Number(readFileSync(result, 'utf8'))).toBeLessThan(6000);
  });

  it('writes again when the reader is back', async () => {
    const pipe = ownPipe();
    const child = await startChild(
      // Before the measure is printed: a signal that nobody listens for ends the process.
      `process.once('SIGUSR2', () => { log.info('after it'); process.exit(0); });
      ${LOG_MUCH.replace('SHARE', '').replace('process.exit(0);', '')}
      setInterval(() => {}, 1000);`,
      { stdio: ['ignore', pipe.write, 'pipe'] },
    );
    await measured(child, 20_000);
    const before = pipe.drain();

    child.kill('SIGUSR2');
    await child.ended();

    expect(before).not.toContain('after it');
    expect(pipe.drain()).toBe('after it\n');
  });
});

describe('a log call on a pipe whose reader is slow', { timeout: 40_000 }, () => {
  it.each([
    ['a long record, and 4 KiB are read every second', 16_384, 4096, 1000],
    ['many short ones, and 64 KiB are read every 1.5 s', 100, 65_536, 1500],
    ['long ones, and a byte is read every 20 ms', 20_000, 1, 20],
  ])('stands still 5 s a minute at most: %s', async (_what, length, bytes, everyMs) => {
    const pipe = ownPipe();
    const child = await startChild(
      `${SETUP}${LOG_AND_MEASURE}
      const text = 'x'.repeat(${length});
      const end = performance.now() + 9000;
      const turn = () => {
        for (let at = 0; at < 1_000_000 / ${length} && performance.now() < end; at++) measured(() => log.info(text));
        if (performance.now() < end) setTimeout(turn, 10);
        else { say(); process.exit(0); }
      };
      turn();`,
      { stdio: ['ignore', pipe.write, 'pipe'] },
    );
    const reader = setInterval(() => pipe.read(bytes), everyMs);
    onTestFinished(() => clearInterval(reader));

    const { total, longest } = await measured(child, 30_000);

    expect(total).toBeLessThan(6000);
    expect(longest).toBeLessThan(5500);
  });
});

describe('a program that shares stdout with a logger', { timeout: 40_000 }, () => {
  it('writes all that it has to a slow reader', async () => {
    const pipe = ownPipe();
    const child = await startChild(
      `${SETUP}
      const other = require('node:child_process').spawn('head', ['-c', '2000000', '/dev/zero'], { stdio: 'inherit' });
      const timer = setInterval(() => log.info('a line of ours'), 1);
      other.on('exit', (code) => { clearInterval(timer); process.stderr.write('exit ' + code); });`,
      { stdio: ['ignore', pipe.write, 'pipe'] },
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

/** What PM2 7 puts in the place of `write` in cluster mode, for `disable_logs`, for `out_file: '/dev/null'`, and with a file. */
const REPLACED_WRITES = {
  'never calls back': 'process[name].write = (text) => { seen.push(text); return true; };',
  'knows the callback as its third argument': `process[name].write = (text, encoding, cb) => {
    seen.push(text);
    return cb ? cb() : false;
  };`,
  'forwards to a file': `
    const file = require('node:fs').createWriteStream(require('node:path').join(process.argv[1], name));
    process[name].write = (text, encoding, cb) => { seen.push(text); file.write(text, encoding, cb); };`,
} as const;

describe.each(['stdout', 'stderr'])('an application whose %s.write was replaced', (name) => {
  it.each(Object.entries(REPLACED_WRITES))('by one that %s ends within a moment', async (_what, replace) => {
    const result = await runChild(
      `
const { writeSync } = require('node:fs');
const name = '${name}';
const seen = [];
const { StreamHandler } = lib('handlers');
const { shutdown } = lib('core/shutdown');
const { getLogger } = lib('core/manager');
${replace}
const log = getLogger('app');
log.setLevel('DEBUG');
log.addHandler(new StreamHandler(process[name]));
for (let at = 0; at < 100; at++) log.info('record %d', at);
const begun = performance.now();
shutdown().then(() => writeSync(name === 'stdout' ? 2 : 1, JSON.stringify({ ms: performance.now() - begun, count: seen.length })));`,
      { args: [tempDir()] },
    );

    const { ms, count } = JSON.parse(name === 'stdout' ? result.stderr : result.stdout) as Record<
      string,
      number
    >;
    expect(count).toBe(100);
    expect(ms).toBeLessThan(1000);
  });
});

it('a Nest application closes within a moment when the write of stdout never calls back', async () => {
  const result = await runChild(`
require('reflect-metadata');
const { writeSync } = require('node:fs');
const { NestFactory } = require('@nestjs/core');
const { LoggingModule } = lib('nest/module/logging.module');
const { getLogger } = lib('core/manager');
process.stdout.write = () => true;
(async () => {
  class AppModule {}
  const app = await NestFactory.createApplicationContext({ module: AppModule, imports: [LoggingModule.forRoot()] });
  getLogger('app').error('written');
  const begun = performance.now();
  await app.close();
  writeSync(2, JSON.stringify({ ms: performance.now() - begun }));
})();`);

  expect(result.code).toBe(0);
  expect((JSON.parse(result.stderr) as { ms: number }).ms).toBeLessThan(1000);
});
