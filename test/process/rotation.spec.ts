/** Several processes that write to one file and rotate it, and processes that are killed while they do. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runChild, startChild } from '../support/child';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** A child's preamble: `handler`, made by the class and the options in its arguments, and a logger `log` with it. */
const SETUP = `
const [, path, name, className, options] = process.argv;
const handlers = lib('handlers');
const { Manager } = lib('core/manager');
const handler = new handlers[className](path, JSON.parse(options));
const log = new Manager().getLogger(name);
log.setLevel('DEBUG');
log.addHandler(handler);
`;

interface Writer {
  readonly path: string;
  readonly name: string;
  readonly options: object;
  readonly className?: string;
}

function argsOf({ path, name, options, className = 'RotatingFileHandler' }: Writer): string[] {
  return [path, name, className, JSON.stringify(options)];
}

/** The lines of all files of a directory, those of compressed ones included. */
function allLines(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const bytes = readFileSync(join(directory, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').slice(0, -1);
  });
}

/** How often each line that should be there is, other than once; and the lines that should not be there. */
function mistakes(lines: readonly string[], expected: readonly string[]): string[] {
  const counts = new Map(expected.map((line) => [line, 0]));
  const strange = lines.filter((line) => !counts.has(line)).map((line) => `strange: ${line.slice(0, 80)}`);
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const wrong = expected.filter((line) => counts.get(line) !== 1);
  return [...strange, ...wrong.map((line) => `${counts.get(line)} times: ${line.slice(0, 80)}`)].slice(0, 20);
}

/** As `p0 24999 xxxxxxxx`. */
function numbered(names: readonly string[], options: { count: number; pad: number }): string[] {
  const { count, pad } = options;
  return names.flatMap((name) =>
    Array.from({ length: count }, (_, at) => `${name} ${at} ${'x'.repeat(pad)}`),
  );
}

const WRITE = `
const [count, pad] = process.argv.slice(5).map(Number);
for (let at = 0; at < count; at++) log.info('%s %d %s', name, at, 'x'.repeat(pad));
`;

/** Lets four processes write at the same time. Resolves with what they printed on stderr. */
async function four(writer: Omit<Writer, 'name'>, numbers: { count: number; pad: number }): Promise<string> {
  const args = [String(numbers.count), String(numbers.pad)];
  const results = await Promise.all(
    NAMES.map((name) => runChild(SETUP + WRITE, { args: [...argsOf({ ...writer, name }), ...args] })),
  );
  return results.map(({ stderr }) => stderr).join('');
}

const NAMES = ['p0', 'p1', 'p2', 'p3'];

describe('four processes on one file', () => {
  it('write 100 000 records through more than 20 rotations, each record exactly once', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const maxBytes = 100_000;

    const stderr = await four({ path, options: { maxBytes, backupCount: 100 } }, { count: 25_000, pad: 40 });

    expect(stderr).toBe('');
    expect(mistakes(allLines(directory), numbered(NAMES, { count: 25_000, pad: 40 }))).toEqual([]);
    const backups = readdirSync(directory).filter((name) => name !== 'app.log');
    expect(backups.length).toBeGreaterThanOrEqual(20);
    // A file that is rotated twice for one reason leaves a small one behind.
    expect(backups.filter((name) => statSync(join(directory, name)).size < maxBytes / 2)).toEqual([]);
  }, 30_000);

  it('lose nothing to compression', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');

    const stderr = await four(
      { path, options: { maxBytes: 100_000, backupCount: 1000, compress: 'gzip' } },
      { count: 5000, pad: 40 },
    );

    expect(stderr).toBe('');
    expect(mistakes(allLines(directory), numbered(NAMES, { count: 5000, pad: 40 }))).toEqual([]);
    const plain = readdirSync(directory).filter((name) => !name.endsWith('.gz'));
    expect(plain).toEqual(['app.log']);
  }, 30_000);

  it('do not mix lines of 64 KiB', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');

    await four({ path, options: { maxBytes: 2_000_000, backupCount: 1000 } }, { count: 50, pad: 65_500 });

    expect(mistakes(allLines(directory), numbered(NAMES, { count: 50, pad: 65_500 }))).toEqual([]);
  }, 30_000);

  it('rotate by the clock together, each record exactly once', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const program = `${SETUP}
      const end = Date.now() + 2200;
      let at = 0;
      const more = () => {
        for (let n = 0; n < 20; n++) log.info('%s %d', name, at++);
        if (Date.now() < end) setTimeout(more, 1);
        else process.stdout.write(String(at));
      };
      more();`;
    const writer = { path, className: 'TimedRotatingFileHandler', options: { when: 'S', utc: true } };

    const results = await Promise.all(
      NAMES.map((name) => runChild(program, { args: argsOf({ ...writer, name }) })),
    );

    expect(results.map(({ stderr }) => stderr).join('')).toBe('');
    const expected = results.flatMap(({ stdout }, at) =>
      Array.from({ length: Number(stdout) }, (_, line) => `${NAMES[at] ?? ''} ${line}`),
    );
    expect(mistakes(allLines(directory), expected)).toEqual([]);
    const backups = readdirSync(directory).filter((name) => name !== 'app.log');
    expect(backups.length).toBeGreaterThanOrEqual(2);
    // One name a second: none had to take a second name because somebody else was first.
    expect(backups.filter((name) => !/_\d\d-\d\d-\d\d$/.test(name))).toEqual([]);
  }, 30_000);
});

describe('four processes that rotate by time and by size', () => {
  it('write each record exactly once, into files below the size, with the numbers in order', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const maxBytes = 100_000;
    const options = { when: 'midnight', utc: true, maxBytes };

    const stderr = await four(
      { path, className: 'TimedRotatingFileHandler', options },
      { count: 10_000, pad: 40 },
    );

    expect(stderr).toBe('');
    expect(mistakes(allLines(directory), numbered(NAMES, { count: 10_000, pad: 40 }))).toEqual([]);
    const backups = readdirSync(directory).filter((name) => name !== 'app.log');
    expect(backups.length).toBeGreaterThanOrEqual(5);
    expect(backups.filter((name) => statSync(join(directory, name)).size < maxBytes / 2)).toEqual([]);
    const days = new Set(backups.map((name) => /^app\.log\.(\d{4}-\d\d-\d\d)(\.[1-9]\d*)?$/.exec(name)?.[1]));
    // Two when midnight falls into the test.
    expect([...days].filter((day) => day === undefined)).toEqual([]);
    expect(days.size).toBeLessThanOrEqual(2);
  }, 30_000);

  it('stay within the limit of all files together, and report nothing', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const limits = { maxBytes: 50_000, maxTotalBytes: 200_000, compress: 'gzip' };

    for (const [className, options] of [
      ['TimedRotatingFileHandler', { when: 'midnight', ...limits }],
      ['RotatingFileHandler', { backupCount: 50, ...limits }],
    ] as const) {
      const stderr = await four({ path, className, options }, { count: 5000, pad: 400 });

      expect(stderr).toBe('');
      const backups = readdirSync(directory).filter((name) => name !== 'app.log');
      const bytes = backups.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
      expect(bytes).toBeLessThanOrEqual(200_000);
      expect(backups.length).toBeGreaterThan(1);
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
    }
  }, 60_000);
});

describe('a process that is killed', () => {
  it('leaves every record whose call returned, rotations and all', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const child = await startChild(
      `${SETUP}
      const { writeSync } = require('node:fs');
      for (let at = 0; ; at++) { log.info('line %d', at); writeSync(1, at + '\\n'); }`,
      { args: argsOf({ path, name: 'p', options: { maxBytes: 5000, backupCount: 200 } }) },
    );

    await until(() => child.stdout.split('\n').length > 3000);
    child.kill('SIGKILL');
    const { stdout } = await child.ended();

    const acknowledged = stdout.split('\n').length - 1;
    const lines = allLines(directory).filter((line) => line.startsWith('line '));
    expect(lines.length).toBeGreaterThanOrEqual(acknowledged);
    expect(
      mistakes(
        lines,
        Array.from({ length: lines.length }, (_, at) => `line ${at}`),
      ),
    ).toEqual([]);
  });

  it('does not keep others from rotating with a lock that it held', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const options = { maxBytes: 10, backupCount: 5 };
    const child = await startChild(
      `${SETUP}
      handler.rotator = () => { process.stdout.write('inside'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); };
      log.info('123456');
      log.info('123456');`,
      { args: argsOf({ path, name: 'p', options }) },
    );
    await until(() => child.stdout === 'inside' && existsSync(`${path}.lock`));
    child.kill('SIGKILL');
    await child.ended();

    const result = await runChild(`${SETUP} log.info('after');`, {
      args: argsOf({ path, name: 'p', options }),
    });

    expect(result.stderr).toBe('');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('123456\n');
    expect(readFileSync(path, 'utf8')).toBe('after\n');
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('leaves a backup half compressed, and the next process does it again', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const options = { maxBytes: 4_000_000, backupCount: 5, compress: 'gzip' };
    const child = await startChild(
      `${SETUP}
      const { randomBytes } = require('node:crypto');
      for (let at = 0; at < 90; at++) log.info(randomBytes(25_000).toString('hex'));
      setInterval(() => {}, 1000);`,
      { args: argsOf({ path, name: 'p', options }) },
    );
    await until(
      () => existsSync(`${path}.1`) && readdirSync(directory).some((name) => name.endsWith('.part')),
    );
    child.kill('SIGKILL');
    await child.ended();
    const original = readFileSync(`${path}.1`);

    await runChild(`${SETUP} log.info('after');`, { args: argsOf({ path, name: 'p', options }) });

    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1.gz']);
    expect(gunzipSync(readFileSync(`${path}.1.gz`)).equals(original)).toBe(true);
  });
});

describe('a process that is stopped while it rotates', () => {
  it('is overtaken after a minute, and breaks nothing when it goes on', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    const options = { maxBytes: 30, backupCount: 50 };
    const child = await startChild(
      `${SETUP}
      let stop = true;
      const namer = (path) => {
        if (stop && path.endsWith('.1') && require('node:fs').existsSync(path)) {
          stop = false;
          process.stdout.write('stopping\\n');
          process.kill(process.pid, 'SIGSTOP');
        }
        return path;
      };
      for (let at = 0; at < 4; at++) log.info('before %d .........', at);
      handler.namer = namer;
      for (let at = 0; at < 6; at++) log.info('child %d ..........', at);
      process.stdout.write('done');`,
      { args: argsOf({ path, name: 'p', options }) },
    );
    await until(() => child.stdout.includes('stopping') && existsSync(`${path}.lock`));
    const before = allLines(directory).length;
    // Made a minute ago.
    const made = statSync(`${path}.lock`).mtimeMs / 1000 - 61;
    utimesSync(`${path}.lock`, made, made);

    const result = await runChild(
      `${SETUP} for (let at = 0; at < 6; at++) log.info('other %d ..........', at);`,
      { args: argsOf({ path, name: 'q', options }) },
    );
    expect(result.stderr).toBe('');
    expect(readdirSync(directory).length).toBeGreaterThan(before / 2 + 2);
    expect(existsSync(`${path}.lock`)).toBe(false);

    child.kill('SIGCONT');
    const ended = await child.ended();

    expect(ended.stderr).toContain('another process has taken over the rotation');
    const expected = [
      ...Array.from({ length: 4 }, (_, at) => `before ${at} .........`),
      ...Array.from({ length: 6 }, (_, at) => `child ${at} ..........`),
      ...Array.from({ length: 6 }, (_, at) => `other ${at} ..........`),
    ];
    expect(mistakes(allLines(directory), expected)).toEqual([]);
  });
});
