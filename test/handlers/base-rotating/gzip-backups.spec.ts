import { existsSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GzipBackups } from '../../../lib/handlers/base-rotating/gzip-backups';
import { RotationLock } from '../../../lib/handlers/base-rotating/rotation-lock';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

interface Trial {
  readonly directory: string;
  readonly gzip: GzipBackups;
  readonly lock: RotationLock;
  readonly errors: string[];
}

/** The plain backups `app.log.1` to `app.log.3` that are there are to be compressed. */
function trial(): Trial {
  const directory = tempDir();
  const path = join(directory, 'app.log');
  const lock = new RotationLock(`${path}.lock`);
  const errors: string[] = [];
  const gzip = new GzipBackups({
    path,
    lock,
    noticedWithinMs: 1,
    pending: () => [1, 2, 3].map((slot) => `${path}.${slot}`).filter((backup) => existsSync(backup)),
    onError: (error) => errors.push(String(error)),
  });
  return { directory, gzip, lock, errors };
}

function unzip(path: string): string {
  return gunzipSync(readFileSync(path)).toString();
}

describe('GzipBackups', () => {
  it('replaces each backup by its compressed form', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    writeFileSync(join(directory, 'app.log.2'), 'two\n');

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory).toSorted()).toEqual(['app.log.1.gz', 'app.log.2.gz']);
    expect(unzip(join(directory, 'app.log.2.gz'))).toBe('two\n');
    expect(gzip.idle).toBeUndefined();
  });

  it('follows a backup that moves on while it is being compressed', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    renameSync(join(directory, 'app.log.1'), join(directory, 'app.log.2'));
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.2.gz']);
  });

  it('drops the copy of a backup that was deleted meanwhile', async () => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    unlinkSync(join(directory, 'app.log.1'));
    await gzip.idle;

    expect(readdirSync(directory)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('includes what another process has still written to the backup', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    writeFileSync(join(directory, 'app.log.1'), 'late\n', { flag: 'a' });
    await gzip.idle;

    expect(unzip(join(directory, 'app.log.1.gz'))).toBe('one\nlate\n');
  });

  it('does a half-written copy again', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n'.repeat(1000));
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('one\n'.repeat(1000)).subarray(0, 20));
    // Of a process that is long gone: process ids end before this number.
    writeFileSync(join(directory, 'app.log.99999999-17.gz.part'), 'half');

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.1.gz']);
    expect(unzip(join(directory, 'app.log.1.gz'))).toBe('one\n'.repeat(1000));
  });

  it('removes a backup whose complete copy is there already', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('one\n'));

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.1.gz']);
  });

  it('gives up neither of two backups under one name, and reports them', async () => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('other\n'));

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory).toSorted()).toEqual(['app.log.1', 'app.log.1.gz']);
    expect(errors).toEqual([expect.stringContaining('holds something else')]);
  });

  it('waits for a rotation to end before it touches names', async () => {
    const { directory, gzip, lock } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    const other = new RotationLock(lock.path);
    other.acquire();

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    expect(existsSync(join(directory, 'app.log.1.gz'))).toBe(false);
    other.release();
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.1.gz']);
  });
});
