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
  for (const { title, run } of handlerContract('TimedRotatingFileHandler', {
    create: (options) =>
      new TimedRotatingFileHandler(join(tempDir(), 'app.log'), { when: 'midnight', ...options }),
    read: ({ baseFilename }) => text(baseFilename).split('\n').slice(0, -1),
  })) {
    it(title, run);
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

  it('counts from the beginning of a file that is there already, not from its last change', () => {
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

  it('keeps so many backups', () => {
    const { handler, clock } = make({ backupCount: 2 });
    for (let hour = 0; hour < 5; hour++) {
      log(handler, `hour ${hour}`);
      clock.advance(HOUR_MS);
    }

    expect(names(handler)).toEqual(['app.log', 'app.log.2024-02-28_14', 'app.log.2024-02-28_15']);
    void handler.close();
  });

  it('takes a further name when a backup has the name already, in all cases a free one', () => {
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

  it('finds a further name for a namer that looks at the date only', () => {
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

  it('deletes old files where the namer puts them, and nothing else there', () => {
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

  it('reports a delete that fails, deletes the others and moves on', () => {
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

  it('never rotates a device, and computes its next time all the same', () => {
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

  it('names backups by a suffix of one’s own', () => {
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

    it('leaves an empty file where it is', async () => {
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
      'QuietHandler: "when" must be S, M, H, D, midnight, or W0 (Monday) to W6 (Sunday), got "W7".',
    ],
    [{ interval: 0 }, 'QuietHandler: "interval" must be a positive integer, got 0.'],
    [{ backupCount: -1 }, 'QuietHandler: "backupCount" must be a non-negative integer, got -1.'],
    [{ atTime: '25:00' }, 'QuietHandler: "atTime" must be a time of day'],
  ])('refuses %j and leaves no file', (options, message) => {
    const directory = tempDir();

    expect(() => make(options, directory)).toThrow(message);
    expect(existsSync(join(directory, 'app.log'))).toBe(false);
  });

  it('refuses what is neither a path nor a URL', () => {
    expect(() => new TimedRotatingFileHandler(7 as unknown as string)).toThrow(
      'TimedRotatingFileHandler: "filename" must be a string or a file URL, got number.',
    );
  });
});
