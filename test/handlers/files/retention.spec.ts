import { existsSync, mkdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkTotal,
  Retention,
  retentionLimits,
  type RetentionOptions,
} from '../../../lib/handlers/files/retention';
import { RotationLock } from '../../../lib/handlers/files/rotation-lock';
import { tempDir } from '../../support/temp-dir';

const NOW = 1_700_000_000_000;
const DAY = 86_400;

/** Paths of files, the oldest first, each with its age in days and its bytes. */
function backups(...files: readonly { readonly days: number; readonly bytes: number }[]): string[] {
  const directory = tempDir();
  return files.map(({ days, bytes }, at) => {
    const path = join(directory, String(at));
    writeFileSync(path, Buffer.alloc(bytes));
    utimesSync(path, NOW / 1000 - days * DAY, NOW / 1000 - days * DAY);
    return path;
  });
}

interface Trial {
  readonly retention: Retention;
  readonly lock: RotationLock;
  readonly reports: string[];
}

/** Whose backups to delete are `expired`. */
function trial(options: Partial<RetentionOptions>, expired: () => readonly string[] = () => []): Trial {
  const reports: string[] = [];
  const lock = new RotationLock(join(tempDir(), 'app.log.lock'));
  const retention = new Retention(retentionLimits({ maxAgeDays: 0, maxTotalBytes: 0, ...options }), {
    lock,
    expiredPaths: expired,
    report: (what, error) => reports.push(`${what}: ${String(error)}`),
  });
  return { retention, lock, reports };
}

function gone(options: Partial<RetentionOptions>, paths: readonly string[]): string[] {
  return trial(options)
    .retention.beyondLimits(paths, NOW)
    .map((path) => basename(path));
}

describe('Retention', () => {
  it('keeps files of exactly the maximum age', () => {
    const paths = backups({ days: 14.001, bytes: 1 }, { days: 14, bytes: 1 }, { days: 0, bytes: 1 });

    expect(gone({ maxAgeDays: 14 }, paths)).toEqual(['0']);
    expect(gone({ maxAgeDays: 14.01 }, paths)).toEqual([]);
    expect(gone({ maxAgeDays: 0.5 }, paths)).toEqual(['0', '1']);
  });

  it('keeps files of exactly the maximum size', () => {
    const paths = backups({ days: 3, bytes: 10 }, { days: 2, bytes: 20 }, { days: 1, bytes: 30 });

    expect(gone({ maxTotalBytes: 60 }, paths)).toEqual([]);
    expect(gone({ maxTotalBytes: 59 }, paths)).toEqual(['0']);
    expect(gone({ maxTotalBytes: 49 }, paths)).toEqual(['0', '1']);
    expect(gone({ maxTotalBytes: 29 }, paths)).toEqual(['0', '1', '2']);
  });

  it('does not count the bytes of files that are too old', () => {
    const paths = backups({ days: 1, bytes: 30 }, { days: 20, bytes: 100 }, { days: 0, bytes: 30 });

    expect(gone({ maxAgeDays: 14, maxTotalBytes: 60 }, paths)).toEqual(['1']);
  });

  it('does not count or delete a directory or a missing file', () => {
    const [file = ''] = backups({ days: 20, bytes: 10 });
    mkdirSync(`${file}.directory`);
    utimesSync(`${file}.directory`, 1, 1);

    expect(gone({ maxAgeDays: 14 }, [`${file}.directory`, `${file}.gone`, file])).toEqual(['0']);
  });

  it('has no limit where both are 0', () => {
    expect(trial({}).retention.isLimited).toBe(false);
    expect(gone({}, backups({ days: 10_000, bytes: 10 }))).toEqual([]);
  });

  it('checks at the beginning, each hour, and a second after another process held the lock', () => {
    let looks = 0;
    const { retention, lock } = trial({ maxAgeDays: 1 }, () => {
      looks++;
      return [];
    });
    const other = new RotationLock(lock.path);
    const looksAt = (...times: readonly number[]): number => {
      const before = looks;
      for (const ms of times) retention.deleteInBetween(NOW + ms);
      return looks - before;
    };
    other.acquire();
    expect(looksAt(0)).toBe(0);
    other.release();

    expect(looksAt(999)).toBe(0);
    expect(looksAt(1000)).toBe(1);
    expect(looksAt(1001, 3_600_999)).toBe(0);
    expect(looksAt(3_601_000)).toBe(1);
    // The clock was put back.
    expect(looksAt(1000)).toBe(1);
  });

  it('deletes all files, and reports the one that it cannot delete', () => {
    const [one = '', other = ''] = backups({ days: 1, bytes: 1 }, { days: 1, bytes: 1 });
    const directory = tempDir();
    const { retention, reports, lock } = trial({}, () => [one, directory, `${one}.gone`, other]);
    lock.acquire();

    retention.deleteExpired();
    lock.release();

    expect([existsSync(one), existsSync(other)]).toEqual([false, false]);
    expect(reports).toEqual([expect.stringContaining(`"${directory}" was not deleted: `)]);
  });

  it('deletes nothing when another process has taken over the lock', () => {
    const [one = ''] = backups({ days: 1, bytes: 1 });
    const { retention, reports, lock } = trial({}, () => [one]);
    lock.acquire();
    unlinkSync(lock.path);

    retention.deleteExpired();
    lock.release();

    expect(existsSync(one)).toBe(true);
    expect(reports).toEqual([expect.stringContaining('another process has taken over the rotation')]);
  });

  it('reports a failed check, and leaves no lock behind', () => {
    const { retention, reports, lock } = trial({ maxAgeDays: 1 }, () => {
      throw new RangeError('no such directory');
    });

    retention.deleteInBetween(NOW);

    expect(reports).toEqual(['old files were not looked for: RangeError: no such directory']);
    expect(existsSync(lock.path)).toBe(false);
  });
});

describe('checkTotal', () => {
  it('refuses a total size below one full file', () => {
    expect(() => checkTotal('Test', { maxBytes: 10, maxTotalBytes: 9 })).toThrow(
      'otherwise no full file is kept',
    );
    for (const maxTotalBytes of [0, 10]) checkTotal('Test', { maxBytes: 10, maxTotalBytes });
  });
});
