/** What arrives at the other end of stdout, whatever that end does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { compiledLib } from '../support/compiled-lib';
import { runChild, startChild } from '../support/child';
import { LOG_TO_STDOUT } from '../support/log-to-stdout';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const RECORDS = 10_000;
/** Long enough that the pipe, 64 KiB, is full many times over. */
const PADDING = 'x'.repeat(100);

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
    const result = await runChild(`${LOG_TO_STDOUT}${LOG_ALL}${end}`);

    expect(result.code).toBe(code);
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(numbered(RECORDS));
  });

  it('has handed over every record when SIGTERM ends the process', async () => {
    const child = await startChild(
      `${LOG_TO_STDOUT}${LOG_ALL}process.stderr.write('ready');setInterval(() => {}, 1000);`,
    );

    await until(() => child.stderr === 'ready');
    child.kill('SIGTERM');
    const result = await child.ended();

    expect(result.signal).toBe('SIGTERM');
    expect(result.stdout.split('\n').slice(0, -1)).toEqual(numbered(RECORDS));
  });

  it('waits for a slow reader and loses nothing at process.exit()', async () => {
    const child = await startChild(`${LOG_TO_STDOUT}${LOG_ALL}process.exit(0);`);
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
      `${LOG_TO_STDOUT}${LOG_ALL}process.exit(0);`,
      '(read first; cat) | wc -l',
    );

    expect(stderr).toBe('');
    expect(Number(stdout)).toBe(RECORDS - 1);
  });

  it('survives a reader that goes away, and counts on stderr what it did not take', async () => {
    const { stdout, stderr } = await throughPipe(
      `${LOG_TO_STDOUT}${LOG_ALL}
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
      `${LOG_TO_STDOUT}log.info('first');
      const timer = setInterval(() => console.log('not ours'), 1);
      setTimeout(() => { clearInterval(timer); process.stderr.write('still here\\n'); }, 100);`,
      'head -n 1',
    );

    expect(stderr).toContain('still here');
    expect(stderr).toContain('EPIPE');
  });

  it('reports each record on a closed descriptor, and writes again when it is open', async () => {
    const result = await runChild(
      `${LOG_TO_STDOUT}
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
      `${LOG_TO_STDOUT}
      const { FileHandler } = lib('handlers');
      const fs = require('node:fs');
      log.addHandler(new StreamHandler({ write: (text) => fs.writeSync(fs.openSync('/dev/full', 'w'), text) }));
      log.info('to both');`,
      'cat >&2',
    );

    expect(stderr).toContain('to both\n');
    expect(stderr).toMatch(/StreamHandler: a record was not written: .*ENOSPC/);
  });

  it('keeps no process alive', async () => {
    const begun = performance.now();

    const result = await runChild(`${LOG_TO_STDOUT}log.info('only this');`);

    expect(result).toMatchObject({ code: 0, stdout: 'only this\n', stderr: '' });
    expect(performance.now() - begun).toBeLessThan(8000);
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
