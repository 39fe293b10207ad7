import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { RotatingFileHandler, type RotatingFileHandlerOptions } from '../../lib/handlers';
import { PresentFiles } from '../../lib/handlers/rotating-file.handler';
import { handlerContract, ManualClock } from '../../lib/testing';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

class QuietHandler extends RotatingFileHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    this.failures.push(`${record.getMessage()}: ${String(error)} ${String(cause ?? '')}`);
  }
}

function make(options: RotatingFileHandlerOptions = {}, directory = tempDir()): QuietHandler {
  return new QuietHandler(join(directory, 'app.log'), options);
}

function log(handler: RotatingFileHandler, ...messages: readonly string[]): void {
  for (const message of messages) handler.handle(some.record({ message }));
}

/** The texts of all files beside the handler's, compressed or not, by name. */
function files(handler: RotatingFileHandler): Record<string, string> {
  const directory = join(handler.baseFilename, '..');
  const entries = readdirSync(directory).map((name): [string, string] => {
    const bytes = readFileSync(join(directory, name));
    return [name, (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()];
  });
  return Object.fromEntries(entries);
}

describe('RotatingFileHandler', () => {
  for (const [name, options] of [
    ['RotatingFileHandler', {}],
    ['RotatingFileHandler with maxBytes', { maxBytes: 1_000_000, backupCount: 3 }],
    ['RotatingFileHandler with a buffer', { maxBytes: 1_000_000, backupCount: 3, buffer: 'turn' }],
  ] as const) {
    const contract = handlerContract(name, {
      create: (given) => new RotatingFileHandler(join(tempDir(), 'app.log'), { ...given, ...options }),
      read: ({ baseFilename }) => readFileSync(baseFilename, 'utf8').split('\n').slice(0, -1),
    });
    for (const { title, run } of contract) it(title, run);
  }

  it('rolls over before the record that would reach maxBytes', () => {
    const handler = make({ maxBytes: 10, backupCount: 2 });

    log(handler, '1234', '678', 'a', 'b');

    expect(files(handler)).toEqual({ 'app.log': 'a\nb\n', 'app.log.1': '1234\n678\n' });
    void handler.close();
  });

  it('counts bytes as written, not characters', () => {
    const handler = make({ maxBytes: 10, backupCount: 2 });

    log(handler, 'éé', 'éé');

    expect(files(handler)).toEqual({ 'app.log': 'éé\n', 'app.log.1': 'éé\n' });
    void handler.close();
  });

  it('counts the terminator', () => {
    const handler = make({ maxBytes: 14, backupCount: 2, terminator: '----\n' });

    log(handler, 'ab', 'cd');

    expect(files(handler)).toEqual({ 'app.log': 'cd----\n', 'app.log.1': 'ab----\n' });
    void handler.close();
  });

  it.each([[{ bytes: 30 }], ['turn'] as const])('keeps files below maxBytes with buffer %j too', (buffer) => {
    const handler = make({ maxBytes: 100, backupCount: 100, buffer });

    for (let at = 0; at < 200; at++) log(handler, `line ${at}`);
    void handler.close();

    const texts = Object.values(files(handler));
    expect(texts.filter((text) => text.length >= 100)).toEqual([]);
    expect(texts.join('').split('\n').length - 1).toBe(200);
  });

  it.each([
    [0, 5],
    [10, 0],
  ])('lets the file grow with maxBytes %i and backupCount %i', (maxBytes, backupCount) => {
    const handler = make({ maxBytes, backupCount });

    log(handler, '123456', '123456', '123456');

    expect(files(handler)).toEqual({ 'app.log': '123456\n'.repeat(3) });
    void handler.close();
  });

  it('never rotates a device', () => {
    const handler = new QuietHandler('/dev/null', { maxBytes: 1, backupCount: 1 });

    log(handler, 'a', 'b');

    expect(handler.failures).toEqual([]);
    void handler.close();
  });

  it('does not lose backups to a rotator that keeps failing', () => {
    const clock = new ManualClock();
    const directory = tempDir();
    for (const slot of [1, 2, 3]) writeFileSync(join(directory, `app.log.${slot}`), `${slot}\n`);
    const handler = make({ maxBytes: 3, backupCount: 3, clock }, directory);
    handler.rotator = () => {
      throw new Error('broken');
    };

    for (let at = 0; at < 10; at++) {
      log(handler, `${at}`);
      clock.advance(60_000);
    }

    expect(files(handler)).toEqual({
      'app.log': '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n',
      'app.log.2': '1\n',
      'app.log.3': '2\n',
    });
    void handler.close();
  });

  it('skips a directory with the name of a backup', () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'app.log.1', 'precious'), { recursive: true });
    const handler = make({ maxBytes: 3, backupCount: 1 }, directory);

    log(handler, 'a', 'b', 'c');

    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1', 'app.log.2']);
    expect(readFileSync(join(directory, 'app.log.2'), 'utf8')).toBe('b\n');
    expect(existsSync(join(directory, 'app.log.1', 'precious'))).toBe(true);
    void handler.close();
  });

  describe("with compress: 'gzip'", () => {
    it('keeps the order of backups, compressed and not', async () => {
      const handler = make({ maxBytes: 3, backupCount: 3, compress: 'gzip' });

      log(handler, 'a', 'b', 'c', 'd', 'e');
      await handler.close();

      expect(files(handler)).toEqual({
        'app.log': 'e\n',
        'app.log.1.gz': 'd\n',
        'app.log.2.gz': 'c\n',
        'app.log.3.gz': 'b\n',
      });
    });

    it('is done once by two handlers of the same file', async () => {
      const one = make({ maxBytes: 100, backupCount: 1000, compress: 'gzip', checkIntervalMs: 0 });
      const other = new QuietHandler(one.baseFilename, {
        maxBytes: 100,
        backupCount: 1000,
        compress: 'gzip',
        checkIntervalMs: 0,
      });

      for (let at = 0; at < 200; at++) {
        log(at % 2 === 0 ? one : other, `line ${at}`);
        await new Promise((done) => void setTimeout(done, 2));
      }
      await Promise.all([one.close(), other.close()]);

      expect([...one.failures, ...other.failures]).toEqual([]);
      const lines = Object.values(files(one)).flatMap((text) => text.split('\n').slice(0, -1));
      expect(lines.toSorted()).toEqual(Array.from({ length: 200 }, (_, at) => `line ${at}`).toSorted());
      expect(Object.keys(files(one)).filter((name) => !name.endsWith('.gz'))).toEqual(['app.log']);
    });

    it('deletes the oldest in either form', async () => {
      const directory = tempDir();
      writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('old\n'));
      const handler = make({ maxBytes: 3, backupCount: 1, compress: 'gzip' }, directory);

      log(handler, 'a', 'b');
      await handler.close();

      expect(files(handler)).toEqual({ 'app.log': 'b\n', 'app.log.1.gz': 'a\n' });
    });

    it('compresses at the start the backups of an earlier process', async () => {
      const directory = tempDir();
      writeFileSync(join(directory, 'app.log.1'), 'one\n');
      writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('one\n').subarray(0, 12));
      writeFileSync(join(directory, 'app.log.2'), 'two\n');

      await make({ maxBytes: 100, backupCount: 3, compress: 'gzip' }, directory).close();

      expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1.gz', 'app.log.2.gz']);
      expect(gunzipSync(readFileSync(join(directory, 'app.log.1.gz'))).toString()).toBe('one\n');
    });
  });

  describe('with limits of age and size', () => {
    const DAY = 86_400;

    /** Files of 10 bytes, each with the age of its last record in days. */
    function backups(ages: Readonly<Record<string, number>>): string {
      const directory = tempDir();
      for (const [name, days] of Object.entries(ages)) {
        writeFileSync(join(directory, name), `${name}\n`.padEnd(10, '.').slice(-10));
        const at = Date.now() / 1000 - days * DAY;
        utimesSync(join(directory, name), at, at);
      }
      return directory;
    }

    it('deletes the oldest until the total size is small enough', () => {
      const handler = make({ maxBytes: 10, backupCount: 100, maxTotalBytes: 30 });

      for (let at = 0; at < 9; at++) log(handler, `record ${at}`);

      expect(files(handler)).toEqual({
        'app.log': 'record 8\n',
        'app.log.1': 'record 7\n',
        'app.log.2': 'record 6\n',
        'app.log.3': 'record 5\n',
      });
      void handler.close();
    });

    it('rotates without backupCount and keeps the backups within the limits', () => {
      const handler = make({ maxBytes: 10, maxTotalBytes: 30 });

      for (let at = 0; at < 9; at++) log(handler, `record ${at}`);

      expect(Object.keys(files(handler))).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.3']);
      void handler.close();
    });

    it('deletes old backups at the first record, before any rotation', () => {
      const directory = backups({ 'app.log.1': 1, 'app.log.2': 13.9, 'app.log.3': 14.1, 'app.log.x': 99 });
      const handler = make({ maxBytes: 1000, backupCount: 5, maxAgeDays: 14 }, directory);
      expect(readdirSync(directory)).toContain('app.log.3');

      log(handler, 'a');

      expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.x']);
      void handler.close();
    });

    it('checks once an hour while records are written', () => {
      const clock = new ManualClock();
      const directory = backups({ 'app.log.1': 0 });
      const handler = make({ maxBytes: 1000, backupCount: 5, maxAgeDays: 1, clock }, directory);
      const now = Date.now();
      clock.set(now);
      log(handler, 'a');
      clock.set(now + DAY * 1000 - 1_800_000);
      log(handler, 'b');
      clock.set(now + DAY * 1000 + 60_000);
      log(handler, 'within the hour');
      expect(readdirSync(directory)).toContain('app.log.1');

      clock.set(now + DAY * 1000 + 1_800_000);
      log(handler, 'c');

      expect(readdirSync(directory)).toEqual(['app.log']);
      void handler.close();
    });

    it('counts backups beyond backupCount, which may have been larger before', () => {
      const directory = backups({ 'app.log.1': 1, 'app.log.2': 2, 'app.log.3': 3, 'app.log.4': 40 });
      const handler = make({ maxBytes: 1000, backupCount: 2, maxAgeDays: 14 }, directory);

      log(handler, 'a');

      expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1', 'app.log.2', 'app.log.3']);
      void handler.close();
    });

    it("deletes compressed backups, and those in the namer's directories", async () => {
      const directory = tempDir();
      mkdirSync(join(directory, 'old'));
      const handler = make(
        {
          maxBytes: 10,
          maxTotalBytes: 70,
          compress: 'gzip',
          namer: (path) => join(directory, 'old', path.slice(directory.length)),
        },
        directory,
      );

      for (let at = 0; at < 9; at++) log(handler, `record ${at}`);
      await handler.close();
      log(handler, 'last one');

      const left = readdirSync(join(directory, 'old')).map((name) => join(directory, 'old', name));
      const bytes = left.reduce((sum, path) => sum + readFileSync(path).length, 0);
      expect(left.length).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(70);
      expect(left.filter((path) => path.endsWith('.gz')).length).toBeGreaterThan(0);
      expect(handler.failures).toEqual([]);
    });

    it('reports a file that cannot be deleted, and writes the record', () => {
      const directory = backups({ 'app.log.1': 40 });
      class Stubborn extends QuietHandler {
        protected override backupPaths(): readonly string[] {
          return ['/proc/version', join(directory, 'app.log.1')];
        }
      }
      const handler = new Stubborn(join(directory, 'app.log'), {
        maxBytes: 1000,
        backupCount: 5,
        maxAgeDays: 1,
        clock: new ManualClock('2100-01-01T00:00:00Z'),
      });

      log(handler, 'a');

      expect(handler.failures).toEqual([expect.stringMatching(/^a: .*"\/proc\/version" was not deleted/)]);
      expect(files(handler)).toEqual({ 'app.log': 'a\n' });
      void handler.close();
    });

    it('keeps a directory and a link with the name of a backup', () => {
      const directory = backups({ precious: 40 });
      mkdirSync(join(directory, 'app.log.1'));
      symlinkSync('precious', join(directory, 'app.log.2'));
      const handler = make({ maxBytes: 1000, backupCount: 5, maxAgeDays: 0.001 }, directory);

      log(handler, 'a');

      expect(handler.failures).toEqual([]);
      expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1', 'app.log.2', 'precious']);
      void handler.close();
    });
  });

  it.each([
    [{ maxBytes: -1 }, 'QuietHandler: "maxBytes" must be a non-negative integer, got -1.'],
    [{ maxBytes: 1.5 }, 'QuietHandler: "maxBytes" must be a non-negative integer, got 1.5.'],
    [{ backupCount: -1 }, 'QuietHandler: "backupCount" must be a non-negative integer, got -1.'],
    [{ maxAgeDays: Number.NaN }, 'QuietHandler: "maxAgeDays" must be a number of at least 0, got NaN.'],
    [{ maxTotalBytes: '2 GB' }, `QuietHandler: "maxTotalBytes" must be a non-negative integer, got '2 GB'.`],
    [
      { maxBytes: 100, maxTotalBytes: 99 },
      'QuietHandler: "maxTotalBytes" must be at least "maxBytes" (100), got 99: otherwise no full file is kept.',
    ],
  ])('refuses %j', (options: object, message) => {
    expect(() => make(options)).toThrow(message);
  });
});

describe('PresentFiles', () => {
  it('distinguishes files, directories, broken links and missing files', () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'd', 'below'), { recursive: true });
    writeFileSync(join(directory, 'f'), '');
    symlinkSync('nowhere', join(directory, 'l'));

    const files = new PresentFiles(directory);
    const seen = ['d', 'f', 'l', 'x', 'd/below', 'd/x'].map((name) => {
      const path = join(directory, name);
      return [files.has(path), files.isDirectory(path)];
    });

    expect(seen).toEqual([
      [true, true],
      [true, false],
      [true, false],
      [false, false],
      [true, true],
      [false, false],
    ]);
  });
});
