import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { TimedRotatingFileHandler, type TimedRotatingFileHandlerOptions } from '../../lib/handlers';
import { handlerContract, ManualClock } from '../../lib/testing';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const START = '2024-02-28T12:00:00Z';
const HOUR_MS = 3_600_000;

class QuietHandler extends TimedRotatingFileHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    this.failures.push(`${record.getMessage()}: ${String(error)} ${String(cause ?? '')}`);
  }
}

interface Trial {
  readonly handler: QuietHandler;
  readonly clock: ManualClock;
}

function make(options: TimedRotatingFileHandlerOptions = {}, directory = tempDir()): Trial {
  const clock = new ManualClock(START);
  const handler = new QuietHandler(join(directory, 'app.log'), { utc: true, clock, ...options });
  return { handler, clock };
}

function log(handler: TimedRotatingFileHandler, ...messages: readonly string[]): void {
  for (const message of messages) handler.handle(some.record({ message }));
}

function names(handler: TimedRotatingFileHandler): string[] {
  return readdirSync(dirname(handler.baseFilename)).toSorted();
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

describe('TimedRotatingFileHandler', () => {
  for (const [name, options] of [
    ['TimedRotatingFileHandler', { when: 'midnight' }],
    ['TimedRotatingFileHandler with a buffer', { when: 'midnight', buffer: 'turn' }],
  ] as const) {
    const contract = handlerContract(name, {
      create: (given) => new TimedRotatingFileHandler(join(tempDir(), 'app.log'), { ...given, ...options }),
      read: ({ baseFilename }) => text(baseFilename).split('\n').slice(0, -1),
    });
    for (const { title, run } of contract) it(title, run);
  }

  it('names a backup after the beginning of its interval', () => {
    const { handler, clock } = make({ when: 'midnight' });
    log(handler, 'wednesday');

    clock.advance(12 * HOUR_MS);
    log(handler, 'leap day');

    expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28']);
    expect(text(handler.baseFilename)).toBe('leap day\n');
    void handler.close();
  });

  it('rotates hourly when neither unit nor interval is given', () => {
    const { handler } = make();

    expect([handler.when, handler.interval, handler.backupCount, handler.utc]).toEqual(['H', 3600, 0, true]);
    void handler.close();
  });

  it('counts from the creation of an existing file, not from its last change', () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'app.log'), 'old\n');
    const { birthtimeMs } = statSync(join(directory, 'app.log'));
    const later = birthtimeMs / 1000 + 3000;
    utimesSync(join(directory, 'app.log'), later, later);
    const clock = new ManualClock(birthtimeMs + 3_500_000);

    const { handler } = make({ clock }, directory);

    expect(handler.rolloverAt).toBe(Math.floor(birthtimeMs / 1000) + 3600);
    void handler.close();
  });

  it('keeps backupCount backups', () => {
    const { handler, clock } = make({ backupCount: 2 });
    for (let hour = 0; hour < 5; hour++) {
      log(handler, `hour ${hour}`);
      clock.advance(HOUR_MS);
    }

    expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28_14', 'app.log.2024-02-28_15']);
    void handler.close();
  });

  it('uses another name if a backup has the name already, always a free one', () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'app.log.2024-02-28_12'), 'theirs\n');
    writeFileSync(join(directory, 'app.log.2024-02-28_12.1'), 'theirs\n');
    const { handler, clock } = make({}, directory);
    log(handler, 'ours');
    clock.advance(HOUR_MS);
    log(handler, 'next');

    expect(text(join(directory, 'app.log.2024-02-28_12'))).toBe('theirs\n');
    expect(text(join(directory, 'app.log.2024-02-28_12.2'))).toBe('ours\n');
    void handler.close();
  });

  it('finds another name with a namer that uses the date only', () => {
    const directory = tempDir();
    const namer = (name: string): string =>
      join(dirname(name), /\d{4}-[\d-]+/.exec(name)?.[0] ?? basename(name));
    writeFileSync(join(directory, '2024-02-28'), 'theirs\n');
    const { handler, clock } = make({ when: 'midnight', namer }, directory);
    log(handler, 'ours');
    clock.advance(24 * HOUR_MS);
    log(handler, 'next');

    expect(names(handler)).toEqual(['2024-02-28', '2024-02-28.1', 'app.log']);
    void handler.close();
  });

  it("deletes old files in the namer's directory, and nothing else there", () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'archive'));
    for (const name of ['app.log.2024-02-28_01', 'other.log.2024-02-28_01', 'app.log.2024-02-27']) {
      writeFileSync(join(directory, 'archive', name), '');
    }
    const namer = (name: string): string => join(dirname(name), 'archive', basename(name));
    const { handler, clock } = make({ backupCount: 1, namer }, directory);
    log(handler, 'a');
    clock.advance(HOUR_MS);
    log(handler, 'b');

    expect(readdirSync(join(directory, 'archive')).toSorted()).toEqual([
      'app.log.2024-02-27',
      'app.log.2024-02-28_12',
      'other.log.2024-02-28_01',
    ]);
    void handler.close();
  });

  it('deletes old files from the directories of earlier dates', () => {
    const directory = tempDir();
    const namer = (name: string): string => join(directory, 'old', name.slice(-13), 'app.log');
    const { handler, clock } = make({ backupCount: 2, namer, mkdir: true }, directory);
    for (const message of ['a', 'b', 'c', 'd', 'e']) {
      log(handler, message);
      clock.advance(HOUR_MS);
    }

    const left = readdirSync(join(directory, 'old'), { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith('app.log')).toSorted()).toEqual([
      '2024-02-28_14/app.log',
      '2024-02-28_15/app.log',
    ]);
    void handler.close();
  });

  it('reports a delete that fails, deletes the others and continues', () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'app.log.2024-01-01_00'));
    writeFileSync(join(directory, 'app.log.2024-01-01_01'), '');
    const { handler, clock } = make({ backupCount: 1 }, directory);
    log(handler, 'a');
    clock.advance(HOUR_MS);
    log(handler, 'b');

    expect(handler.failures).toEqual([expect.stringMatching(/2024-01-01_00" was not deleted/)]);
    expect(names(handler)).toEqual(['app.log', 'app.log.2024-01-01_00', 'app.log.2024-02-28_12']);
    expect(handler.rolloverAt).toBe(new Date(START).getTime() / 1000 + 7200);
    void handler.close();
  });

  it('never rotates a device, but computes its next time', () => {
    const clock = new ManualClock(START);
    const handler = new QuietHandler('/dev/null', { clock, when: 'S' });
    clock.set('2100-01-01T00:00:00Z');
    log(handler, 'a');

    expect(handler.failures).toEqual([]);
    expect(handler.rolloverAt).toBe(clock.now() / 1000 + 1);
    void handler.close();
  });

  it('compresses backups, counts each once, and deletes compressed ones', async () => {
    const { handler, clock } = make({ backupCount: 2, compress: 'gzip' });
    for (let hour = 0; hour < 5; hour++) {
      log(handler, `hour ${hour}`);
      clock.advance(HOUR_MS);
    }
    await handler.close();

    expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28_14.gz', 'app.log.2024-02-28_15.gz']);
    const zipped = readFileSync(`${handler.baseFilename}.2024-02-28_15.gz`);
    expect(gunzipSync(zipped).toString()).toBe('hour 3\n');
  });

  it('names backups with a custom suffix', () => {
    const { handler, clock } = make({ when: 'midnight', backupCount: 1 });
    handler.suffix = '%Y%m%d';
    handler.extMatch = /(?<!\d)\d{8}(?!\d)/;
    for (let day = 0; day < 3; day++) {
      log(handler, `day ${day}`);
      clock.advance(24 * HOUR_MS);
    }

    expect(names(handler)).toEqual(['app.log', 'app.log.20240229']);
    void handler.close();
  });

  describe('with maxBytes', () => {
    const day = (options: TimedRotatingFileHandlerOptions = {}): TimedRotatingFileHandlerOptions => ({
      when: 'midnight',
      maxBytes: 20,
      ...options,
    });

    it('begins a new file before the record that would reach it, and numbers more files of a day', () => {
      const { handler, clock } = make(day());
      log(handler, 'first 01', 'first 02', 'first 03', 'first 04', 'first 05');
      clock.advance(12 * HOUR_MS);
      log(handler, 'second 1');

      expect(names(handler)).toEqual([
        'app.log',
        'app.log.2024-02-28',
        'app.log.2024-02-28.1',
        'app.log.2024-02-28.2',
      ]);
      expect(text(`${handler.baseFilename}.2024-02-28`)).toBe('first 01\nfirst 02\n');
      expect(text(`${handler.baseFilename}.2024-02-28.2`)).toBe('first 05\n');
      expect(text(handler.baseFilename)).toBe('second 1\n');
      void handler.close();
    });

    it('counts an interval of hours from the beginning of each file, after which the file is named', () => {
      const { handler, clock } = make({ when: 'H', maxBytes: 10 });
      log(handler, 'at 12:00');
      clock.advance(HOUR_MS / 2);
      log(handler, 'at 12:30');
      clock.advance(HOUR_MS - 1000);
      expect(handler.shouldRollover(some.record({ message: '' }), '')).toBe(false);
      clock.advance(1000);
      expect(handler.shouldRollover(some.record({ message: '' }), '')).toBe(true);
      log(handler, 'at 13:30');

      expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28_12', 'app.log.2024-02-28_12.1']);
      void handler.close();
    });

    it('does not use the number of a deleted file again, so that the oldest are deleted first', () => {
      const { handler } = make(day({ backupCount: 2, maxBytes: 6 }));

      log(handler, 'rec 1', 'rec 2', 'rec 3', 'rec 4', 'rec 5');

      expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28.2', 'app.log.2024-02-28.3']);
      expect(text(`${handler.baseFilename}.2024-02-28.2`)).toBe('rec 3\n');
      expect(text(handler.baseFilename)).toBe('rec 5\n');
      void handler.close();
    });

    it('continues with the numbers of an earlier process', () => {
      const directory = tempDir();
      for (const name of ['app.log.2024-02-28.9', 'app.log.2024-02-28.10', 'app.log.2024-02-27.99'])
        writeFileSync(join(directory, name), '');
      const { handler } = make(day({ maxBytes: 6 }), directory);

      log(handler, 'rec 1', 'rec 2');

      expect(names(handler)).toContain('app.log.2024-02-28.11');
      expect(handler.getFilesToDelete().map((path) => basename(path))).toEqual([
        'app.log.2024-02-27.99',
        'app.log.2024-02-28.9',
        'app.log.2024-02-28.10',
        'app.log.2024-02-28.11',
      ]);
      void handler.close();
    });

    it.each([
      [
        'keeps the number',
        (name: string) => join(dirname(name), `old-${basename(name)}`),
        'old-app.log.2024-02-28.2',
      ],
      [
        'looks at the date only',
        (name: string) => join(dirname(name), /\d{4}-[\d-]+/.exec(name)?.[0] ?? ''),
        '2024-02-28.2',
      ],
    ])('numbers and deletes with a namer that %s', (_what, namer, last) => {
      const { handler } = make(day({ backupCount: 1, maxBytes: 6, namer }));

      log(handler, 'rec 1', 'rec 2', 'rec 3', 'rec 4');

      expect(names(handler)).toEqual([last, 'app.log'].toSorted());
      expect(handler.failures).toEqual([]);
      void handler.close();
    });

    it('also counts buffered records', () => {
      const { handler } = make(day({ maxBytes: 100, buffer: { bytes: 30 } }));

      for (let at = 0; at < 100; at++) log(handler, `line ${at}`);
      void handler.close();

      const texts = names(handler).map((name) => text(join(dirname(handler.baseFilename), name)));
      expect(texts.filter((content) => content.length >= 100)).toEqual([]);
      expect(texts.join('').split('\n').length - 1).toBe(100);
    });

    it('compresses the files of a day, each once', async () => {
      const { handler } = make(day({ maxBytes: 6, compress: 'gzip', backupCount: 2 }));

      log(handler, 'rec 1', 'rec 2', 'rec 3', 'rec 4');
      await handler.close();

      expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28.1.gz', 'app.log.2024-02-28.2.gz']);
      expect(gunzipSync(readFileSync(`${handler.baseFilename}.2024-02-28.2.gz`)).toString()).toBe('rec 3\n');
    });

    it('accepts a larger record, and never moves an empty file', () => {
      const { handler } = make(day({ maxBytes: 3 }));

      log(handler, 'large record');

      expect(names(handler)).toEqual(['app.log']);
      void handler.close();
    });
  });

  describe('with limits of age and size', () => {
    it('deletes files that are too old, even within backupCount', () => {
      const directory = tempDir();
      const now = new Date(START).getTime() / 1000;
      for (const [name, days] of [
        ['app.log.2024-02-10', 14.1],
        ['app.log.2024-02-14', 13.9],
        ['app.log.2024-02-27', 0.5],
        ['other.log.2024-02-10', 14.1],
      ] as const) {
        writeFileSync(join(directory, name), 'old\n');
        utimesSync(join(directory, name), now - days * 86_400, now - days * 86_400);
      }
      const { handler } = make({ when: 'midnight', maxAgeDays: 14 }, directory);
      expect(handler.getFilesToDelete().map((path) => basename(path))).toEqual(['app.log.2024-02-10']);

      log(handler, 'a');

      expect(names(handler)).toEqual([
        'app.log',
        'app.log.2024-02-14',
        'app.log.2024-02-27',
        'other.log.2024-02-10',
      ]);
      void handler.close();
    });

    it('deletes the oldest until the total size is small enough', () => {
      const { handler } = make({ when: 'midnight', maxBytes: 10, maxTotalBytes: 30 });

      for (let at = 0; at < 9; at++) log(handler, `record ${at}`);

      expect(names(handler)).toEqual([
        'app.log',
        'app.log.2024-02-28.5',
        'app.log.2024-02-28.6',
        'app.log.2024-02-28.7',
      ]);
      void handler.close();
    });

    it('lists the files beyond any of the three limits, each once, the oldest first', () => {
      const directory = tempDir();
      for (const day of ['20', '21', '22', '23'])
        writeFileSync(join(directory, `app.log.2024-02-${day}`), '0123456789');
      const { handler } = make({ when: 'midnight', backupCount: 3, maxTotalBytes: 25 }, directory);

      expect(handler.getFilesToDelete().map((path) => basename(path))).toEqual([
        'app.log.2024-02-20',
        'app.log.2024-02-21',
      ]);
      void handler.close();
    });
  });

  describe('rotateWhenIdle', () => {
    it('rotates at the time although nothing is logged', async () => {
      const directory = tempDir();
      const handler = new QuietHandler(join(directory, 'app.log'), {
        when: 'S',
        utc: true,
        rotateWhenIdle: true,
      });
      log(handler, 'a');

      await until(() => names(handler).length === 2);

      expect(text(handler.baseFilename)).toBe('');
      void handler.close();
    });

    it('does not rotate an empty file', async () => {
      const directory = tempDir();
      const handler = new QuietHandler(join(directory, 'app.log'), {
        when: 'S',
        utc: true,
        rotateWhenIdle: true,
      });
      const { rolloverAt } = handler;

      await until(() => handler.rolloverAt > rolloverAt);

      expect(names(handler)).toEqual(['app.log']);
      void handler.close();
    });

    it('stops with the handler', async () => {
      const handler = new QuietHandler(join(tempDir(), 'app.log'), {
        when: 'S',
        utc: true,
        rotateWhenIdle: true,
      });
      log(handler, 'a');
      void handler.close();
      const { rolloverAt } = handler;

      await until(() => Date.now() / 1000 > rolloverAt + 0.1);

      expect(names(handler)).toEqual(['app.log']);
    });
  });

  it.each([
    [
      { when: 'W7' as 'W6' },
      'QuietHandler: "when" must be S, M, H, D, midnight, or W0 (Monday) to W6 (Sunday), got \'W7\'.',
    ],
    [{ interval: 0 }, 'QuietHandler: "interval" must be a positive integer, got 0.'],
    [{ backupCount: -1 }, 'QuietHandler: "backupCount" must be a non-negative integer, got -1.'],
    [{ atTime: '25:00' }, 'QuietHandler: "atTime" must be a time of day'],
    [{ maxBytes: -1 }, 'QuietHandler: "maxBytes" must be a non-negative integer, got -1.'],
    [{ maxAgeDays: -1 }, 'QuietHandler: "maxAgeDays" must be a number of at least 0, got -1.'],
    [{ maxTotalBytes: 0.5 }, 'QuietHandler: "maxTotalBytes" must be a non-negative integer, got 0.5.'],
    [
      { maxBytes: 100, maxTotalBytes: 99 },
      'QuietHandler: "maxTotalBytes" must be at least "maxBytes" (100), got 99: otherwise no full file is kept.',
    ],
  ])('refuses %j and leaves no file', (options, message) => {
    const directory = tempDir();

    expect(() => make(options, directory)).toThrow(message);
    expect(existsSync(join(directory, 'app.log'))).toBe(false);
  });

  it('refuses a value that is neither a path nor a URL', () => {
    expect(() => new TimedRotatingFileHandler(7 as unknown as string)).toThrow(
      'TimedRotatingFileHandler: "filename" must be a string or a file URL, got ',
    );
  });
});
