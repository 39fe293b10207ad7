/** Rotation while the machine fails: full disks, no descriptors, no rights, a directory that is gone. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import {
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
  type FileHandler,
  type RotatingFileHandlerOptions,
} from '../../lib/handlers';
import { ManualClock } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild, startChild } from '../support/child';
import { haveCommands, haveRoot } from '../support/real-means';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** Keeps what was not written apart from rotations that failed. */
class CountingHandler extends RotatingFileHandler {
  readonly lost: string[] = [];
  readonly rotationFailures: unknown[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    if (error instanceof Error && error.message.startsWith('logging goes on'))
      this.rotationFailures.push(error.cause);
    else this.lost.push(record.getMessage());
  }
}

function make(path: string, options: RotatingFileHandlerOptions): CountingHandler {
  const handler = new CountingHandler(path, options);
  onTestFinished(() => void handler.close());
  return handler;
}

/** Numbered from `from`; each takes 200 bytes in the file. */
function messages(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `record ${from + at} `.padEnd(199, '.'));
}

function log(handler: FileHandler, texts: readonly string[]): void {
  for (const message of texts) handler.handle(some.record({ message }));
}

/** The messages found in all files, sorted; a line that was cut short is none. */
function found(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter((line) => line.length === 199)
    .toSorted();
}

function mount(directory: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', directory]));
}

describe.runIf(haveRoot('mount', 'umount'))('a full disk', () => {
  it('costs the records that it refuses, each counted; freed, it takes them again', () => {
    const directory = tempDir();
    mount(directory, 'size=128k');
    const handler = make(join(directory, 'app.log'), { maxBytes: 20_000, backupCount: 100 });
    const [before, after] = [messages(0, 1000), messages(1000, 100)];

    log(handler, before);
    const lost = new Set(handler.lost);
    expect(lost.size).toBeGreaterThan(100);
    expect(found(directory)).toEqual(before.filter((text) => !lost.has(text)).toSorted());

    for (const name of ['app.log.3', 'app.log.4']) unlinkSync(join(directory, name));
    log(handler, after);
    expect(handler.lost.length).toBe(lost.size);
    expect(found(directory).filter((text) => after.includes(text))).toEqual(after.toSorted());
  });

  it('is freed by the rotation that deletes the oldest backup', () => {
    const directory = tempDir();
    mount(directory, 'size=128k');
    const handler = make(join(directory, 'app.log'), { maxBytes: 20_000, backupCount: 3 });

    log(handler, messages(0, 2000));

    expect(handler.lost).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.3']);
  });
});

/** All lines of a directory, sorted: those that were cut short too. */
function allLines(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .toSorted();
}

/** Fills a tmpfs of 128 KiB but for `spare` pages, so that a file soon ends in the middle of a record. */
function nearlyFull(spare: number): { readonly directory: string; readonly free: () => void } {
  const directory = tempDir();
  mount(directory, 'size=128k');
  const ballast = join(directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc((32 - spare) * 4096));
  return { directory, free: () => unlinkSync(ballast) };
}

describe.runIf(haveRoot('mount', 'umount'))('a full disk, with a buffer', () => {
  const buffer = { bytes: 4000, intervalMs: 60_000 };

  it('tears no record over two files, and counts each that is lost', () => {
    const stderr = capturedStderr();
    const { directory, free } = nearlyFull(12);
    const path = join(directory, 'app.log');
    const handler = make(path, { maxBytes: 20_000, backupCount: 100, buffer });
    const before = messages(0, 4500);

    log(handler, before);
    const lost = new Set(handler.lost);
    free();
    handler.flush();
    const after = messages(4500, 20);
    log(handler, after);
    void handler.close();

    expect(stderr.text).toContain('records wait for the file and are tried again');
    expect(handler.lost).toHaveLength(lost.size);
    expect(lost.size).toBeGreaterThan(3000);
    expect(allLines(directory)).toEqual([...before, ...after].filter((text) => !lost.has(text)).toSorted());
    expect(handler.rotationFailures).toEqual([]);
  });

  it('does not rotate before the file has taken what waits', () => {
    capturedStderr();
    const { directory, free } = nearlyFull(2);
    const clock = new ManualClock();
    const options = { maxBytes: 10_000, backupCount: 100, clock, buffer };
    const handler = make(join(directory, 'app.log'), options);

    log(handler, messages(0, 80));
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'ballast']);

    free();
    clock.advance(100);
    log(handler, messages(80, 60));
    void handler.close();
    expect(readdirSync(directory)).toContain('app.log.1');
    expect(allLines(directory)).toEqual(messages(0, 140).toSorted());
  });

  it('keeps a rollover by the clock waiting too', () => {
    capturedStderr();
    const clock = new ManualClock(Date.UTC(2024, 1, 29));
    const { directory, free } = nearlyFull(2);
    const options = { when: 'H', utc: true, clock, buffer } as const;
    const handler = new TimedRotatingFileHandler(join(directory, 'app.log'), options);
    onTestFinished(() => void handler.close());

    log(handler, messages(0, 50));
    clock.advance(7_200_000);
    log(handler, messages(50, 10));
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'ballast']);

    free();
    clock.advance(1000);
    log(handler, messages(60, 1));
    void handler.close();
    expect(readdirSync(directory).length).toBe(2);
    expect(allLines(directory)).toEqual(messages(0, 61).toSorted());
  });

  it.each([
    ['WatchedFileHandler', WatchedFileHandler, {}],
    ['RotatingFileHandler', RotatingFileHandler, { checkIntervalMs: 0 }],
  ])('has %s end a record in the renamed file that has its beginning', (_name, Class, options) => {
    capturedStderr();
    const { directory, free } = nearlyFull(2);
    const path = join(directory, 'app.log');
    const handler = new Class(path, { ...options, buffer });
    onTestFinished(() => void handler.close());
    log(handler, messages(0, 60));

    renameSync(path, `${path}.1`);
    log(handler, messages(60, 1));
    free();
    log(handler, messages(61, 1));
    void handler.close();

    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1']);
    expect(allLines(directory)).toEqual(messages(0, 62).toSorted());
  });

  it('writes a record whole to the new file when the one with its beginning was deleted', () => {
    capturedStderr();
    const { directory, free } = nearlyFull(2);
    const path = join(directory, 'app.log');
    const handler = new WatchedFileHandler(path, { buffer });
    onTestFinished(() => void handler.close());
    log(handler, messages(0, 60));
    const inTheDeleted = readFileSync(path, 'utf8').split('\n').length - 1;

    free();
    unlinkSync(path);
    log(handler, messages(60, 1));
    void handler.close();

    expect(allLines(directory)).toEqual(messages(inTheDeleted, 61 - inTheDeleted).toSorted());
  });
});

describe('/dev/full', () => {
  it('is not rotated, and costs each record, counted', () => {
    const handler = make('/dev/full', { maxBytes: 100, backupCount: 3 });

    log(handler, messages(0, 10));

    expect(handler.lost).toEqual(messages(0, 10));
    expect(handler.rotationFailures).toEqual([]);
  });
});

describe.runIf(haveRoot('mount', 'umount'))('a disk without an inode for a lock file', () => {
  it('does not keep the file from being rotated, and is reported', () => {
    const directory = tempDir();
    // The directory, the file and one backup.
    mount(directory, 'size=1m,nr_inodes=3');
    writeFileSync(join(directory, 'app.log.1'), '');
    const stderr = capturedStderr();
    const options = { maxBytes: 10_000, backupCount: 1, checkIntervalMs: 0 };
    const handler = new RotatingFileHandler(join(directory, 'app.log'), options);
    onTestFinished(() => void handler.close());

    log(handler, messages(0, 200));

    expect(stderr.text).toMatch(/rotated as it should be: .*without a lock file.*ENOSPC/);
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1']);
    expect(found(directory).length).toBeGreaterThan(50);
    expect(found(directory).length).toBeLessThan(100);
  });
});

describe.runIf(haveRoot('mount', 'umount'))('a read-only file system', () => {
  it('costs each record, counted, until it can be written again', () => {
    const directory = tempDir();
    mount(directory, 'size=128k');
    const remount = (how: string): void => void execFileSync('mount', ['-o', `remount,${how}`, directory]);
    const handler = make(join(directory, 'app.log'), { maxBytes: 1000, backupCount: 3, delay: true });

    remount('ro');
    log(handler, messages(0, 3));
    remount('rw');
    log(handler, messages(3, 3));

    expect(handler.lost).toEqual(messages(0, 3));
    expect(found(directory)).toEqual(messages(3, 3));
  });
});

describe('a directory that is removed', () => {
  it('costs the records of that time, counted, and no more when it is back', () => {
    const directory = join(tempDir(), 'logs');
    mkdirSync(directory);
    const options = { maxBytes: 1000, backupCount: 3, checkIntervalMs: 0 };
    const handler = make(join(directory, 'app.log'), options);
    log(handler, messages(0, 2));

    rmSync(directory, { recursive: true });
    log(handler, messages(2, 2));
    mkdirSync(directory);
    log(handler, messages(4, 2));

    expect(handler.lost).toEqual(messages(2, 2));
    expect(found(directory)).toEqual(messages(4, 2));
  });
});

/** A child's preamble: a logger `log` with a handler on the file in the first argument, which counts its failures. */
const SETUP = `
const [, path, className, options] = process.argv;
const { Manager } = lib('core/manager');
let lost = 0;
let failures = 0;
class Counting extends lib('handlers')[className] {
  handleError(record, error) { error.constructor.name === 'RotationError' ? failures++ : lost++; }
}
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(new Counting(path, JSON.parse(options)));
`;

function argsFor(path: string, options: object, className = 'RotatingFileHandler'): string[] {
  return [path, className, JSON.stringify(options)];
}

describe.runIf(haveCommands('prlimit'))('a process without descriptors', () => {
  const USE_UP = `
    const { openSync, closeSync } = require('node:fs');
    const held = [];
    try { for (;;) held.push(openSync('/dev/null')); } catch (error) { if (error.code !== 'EMFILE') throw error; }
  `;
  const under = ['prlimit', '--nofile=64'];

  it('goes on in its file, and rotates when it has some again', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP} log.info('1234567'); ${USE_UP}
      log.info('while'); log.info('there are none');
      held.forEach(closeSync);
      const when = Date.now() + 150;
      while (Date.now() < when);
      log.info('after');
      console.log(lost, failures);`,
      { under, args: argsFor(path, { maxBytes: 10, backupCount: 2 }) },
    );

    expect(result).toMatchObject({ stdout: '0 1\n', stderr: '' });
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('1234567\nwhile\nthere are none\n');
    expect(readFileSync(path, 'utf8')).toBe('after\n');
  });

  it('goes on in the file that another program has renamed', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP} log.info('before'); ${USE_UP}
      require('node:fs').renameSync(path, path + '.1');
      log.info('while'); log.info('there are none');
      held.forEach(closeSync);
      log.info('after');
      console.log(lost, failures);`,
      { under, args: argsFor(path, {}, 'WatchedFileHandler') },
    );

    expect(result).toMatchObject({ stdout: '0 1\n', stderr: '' });
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('before\nwhile\nthere are none\n');
    expect(readFileSync(path, 'utf8')).toBe('after\n');
  });
});

describe.runIf(haveRoot())('a process without rights in the directory', () => {
  it('goes on in its file, and rotates when it has them', async () => {
    const directory = tempDir();
    const path = join(directory, 'app.log');
    chmodSync(directory, 0o755);
    writeFileSync(path, '');
    chownSync(path, 65_534, 65_534);
    const child = await startChild(
      `// The user that this process becomes cannot read the folder of the package, so a handler is created before.
      new (lib('handlers').RotatingFileHandler)(process.argv[1], { delay: true });
      lib('core/manager');
      process.setegid(65534); process.seteuid(65534);
      ${SETUP}
      process.stdin.on('data', (text) => {
        log.info(String(text));
        process.stdout.write(lost + ' ' + failures + '\\n');
      });`,
      { args: argsFor(path, { maxBytes: 10, backupCount: 2 }), stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const say = async (text: string): Promise<string> => {
      const { length } = child.stdout;
      child.process.stdin?.write(text);
      await until(() => child.stdout.length > length);
      return child.stdout.slice(length).trim();
    };

    expect(await say('1234567')).toBe('0 0');
    expect(await say('abcdefg')).toBe('0 1');
    chmodSync(directory, 0o777);
    await until(async () => (await say('later')) !== '' && readdirSync(directory).includes('app.log.1'));

    expect(readFileSync(`${path}.1`, 'utf8')).toMatch(/^1234567\nabcdefg\n(later\n)*$/);
    expect(child.stdout).toMatch(/\n0 \d+\n$/);
  });
});
