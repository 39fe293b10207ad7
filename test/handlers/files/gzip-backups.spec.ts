import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { compareWithGzip, GzipBackups, GzipCopy } from '../../../lib/handlers/files/gzip-backups';
import { RotationLock, thisProcess } from '../../../lib/handlers/files/rotation-lock';
import { spaceTag } from '../../../lib/internal/process-space';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

async function copyOf(source: string): Promise<GzipCopy> {
  return GzipCopy.begin(source, `${source}.part`);
}

function unzipped(copy: GzipCopy): string {
  return gunzipSync(readFileSync(copy.path)).toString();
}

describe('GzipCopy', () => {
  it('has the content of the file, its time and its permission bits', async () => {
    const source = join(tempDir(), 'app.log.1');
    writeFileSync(source, 'line\n'.repeat(100_000), { mode: 0o600 });
    utimesSync(source, 1_700_000_000, 1_700_000_000);

    const copy = await copyOf(source);
    await copy.catchUp();
    await copy.close();

    expect(unzipped(copy)).toBe('line\n'.repeat(100_000));
    expect(statSync(copy.path)).toMatchObject({ mtimeMs: 1_700_000_000_000 });
    expect(statSync(copy.path).mode & 0o777).toBe(0o600);
  });

  it('adds later text as another member', async () => {
    const source = join(tempDir(), 'app.log.1');
    writeFileSync(source, 'early\n');
    const copy = await copyOf(source);
    await copy.catchUp();
    expect(copy.isComplete()).toBe(true);

    appendFileSync(source, 'late\n');
    expect(copy.isComplete()).toBe(false);
    await copy.catchUp();
    await copy.close();

    expect(unzipped(copy)).toBe('early\nlate\n');
  });

  it('makes a gzip file from an empty file', async () => {
    const source = join(tempDir(), 'app.log.1');
    writeFileSync(source, '');
    const copy = await copyOf(source);

    await copy.catchUp();
    await copy.close();

    expect(unzipped(copy)).toBe('');
    expect(statSync(copy.path).size).toBeGreaterThan(0);
  });

  it('rejects if the source is missing or the target cannot be created', async () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'app.log.1'), '');

    await expect(copyOf(join(directory, 'missing'))).rejects.toThrow('ENOENT');
    await expect(GzipCopy.begin(join(directory, 'app.log.1'), directory)).rejects.toThrow('EEXIST');
  });

  it('does not write through a link or to an existing file', async () => {
    const directory = tempDir();
    const source = join(directory, 'app.log.1');
    writeFileSync(source, 'line\n');
    writeFileSync(join(directory, 'victim'), 'precious');
    symlinkSync('victim', `${source}.part`);

    await expect(copyOf(source)).rejects.toThrow('EEXIST');

    expect(readFileSync(join(directory, 'victim'), 'utf8')).toBe('precious');
  });

  it.each([
    ['a link', (path: string) => symlinkSync('secret', path), 'ELOOP'],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'is not a file'],
    ['a directory', (path: string) => mkdirSync(path), 'is not a file'],
  ])('reads no %s', async (_what, make, message) => {
    const directory = tempDir();
    writeFileSync(join(directory, 'secret'), 'secret');
    make(join(directory, 'app.log.1'));

    await expect(copyOf(join(directory, 'app.log.1'))).rejects.toThrow(message);
  });
});

interface Trial {
  readonly directory: string;
  readonly gzip: GzipBackups;
  readonly lock: RotationLock;
  readonly errors: string[];
}

/** The plain backups `app.log.1` to `app.log.3` that are there are to be compressed. */
function trial(directory = tempDir()): Trial {
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

/** The name of a copy that a process makes; the tag tells its host and container. */
function partOf({ pid, started, tag = spaceTag() }: { pid: number; started: string; tag?: string }): string {
  return `app.log.${pid}-${started}-${tag}-01234567-89ab-cdef-0123-456789abcdef.gz.part`;
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

  it('follows a backup that is renamed while it is being compressed', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    renameSync(join(directory, 'app.log.1'), join(directory, 'app.log.2'));
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.2.gz']);
  });

  it('removes the copy of a backup that was deleted meanwhile', async () => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    unlinkSync(join(directory, 'app.log.1'));
    await gzip.idle;

    expect(readdirSync(directory)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('includes text that another process still wrote to the backup', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');

    gzip.start();
    await until(() => readdirSync(directory).some((name) => name.endsWith('.part')));
    writeFileSync(join(directory, 'app.log.1'), 'late\n', { flag: 'a' });
    await gzip.idle;

    expect(unzip(join(directory, 'app.log.1.gz'))).toBe('one\nlate\n');
  });

  it('makes an incomplete copy again', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n'.repeat(1000));
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('one\n'.repeat(1000)).subarray(0, 20));
    // Of a process that is long gone: process ids end before this number.
    writeFileSync(join(directory, partOf({ pid: 99_999_999, started: '17' })), 'half');

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.1.gz']);
    expect(unzip(join(directory, 'app.log.1.gz'))).toBe('one\n'.repeat(1000));
  });

  it('removes a backup that has a complete copy already', async () => {
    const { directory, gzip } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('one\n'));

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory)).toEqual(['app.log.1.gz']);
  });

  it('keeps two backups with the same name, and reports them', async () => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    writeFileSync(join(directory, 'app.log.1.gz'), gzipSync('other\n'));

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory).toSorted()).toEqual(['app.log.1', 'app.log.1.gz']);
    expect(errors).toEqual([expect.stringContaining('does not hold the content of')]);
  });

  it('waits for the end of a rotation before it renames files', async () => {
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

  it('does not disturb another handler of the same file', async () => {
    const one = trial();
    const other = trial(one.directory);
    for (const slot of [1, 2, 3])
      writeFileSync(join(one.directory, `app.log.${slot}`), `${slot}\n`.repeat(1000));

    for (const { gzip } of [one, other]) gzip.start();
    await until(() => readdirSync(one.directory).filter((name) => name.endsWith('.part')).length === 2);
    const third = trial(one.directory);
    third.gzip.start();
    await Promise.all([one, other, third].map(async ({ gzip }) => gzip.idle));

    expect([...one.errors, ...other.errors, ...third.errors]).toEqual([]);
    expect(readdirSync(one.directory).toSorted()).toEqual(['app.log.1.gz', 'app.log.2.gz', 'app.log.3.gz']);
    expect(unzip(join(one.directory, 'app.log.2.gz'))).toBe('2\n'.repeat(1000));
  });

  it('removes the copy of an earlier process with the same process id', async () => {
    const { directory, gzip } = trial();
    const { started } = thisProcess();
    writeFileSync(join(directory, partOf({ pid: process.pid, started: '1' })), 'half');
    writeFileSync(join(directory, partOf({ pid: process.pid, started })), 'being made');
    writeFileSync(join(directory, `app.log.${process.pid}-notes.gz.part`), 'of somebody else');

    gzip.start();
    await gzip.idle;

    expect(readdirSync(directory).toSorted()).toEqual(
      [partOf({ pid: process.pid, started }), `app.log.${process.pid}-notes.gz.part`].toSorted(),
    );
  });

  it('keeps the copy of a process in another container, until it has not grown for an hour', async () => {
    const { directory, gzip } = trial();
    const theirs = join(directory, partOf({ pid: 99_999_999, started: '17', tag: '0123abcd' }));
    writeFileSync(theirs, 'being made');
    // As a copy has it: the time of the last record.
    utimesSync(theirs, 1, 1);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 3_590_000);
    onTestFinished(() => clock.mockRestore());

    gzip.start();
    await gzip.idle;
    expect(existsSync(theirs)).toBe(true);

    clock.mockReturnValue(now + 3_610_000);
    gzip.start();
    await gzip.idle;
    expect(existsSync(theirs)).toBe(false);
  });

  it('keeps a backup that gets the name of another one during the comparison', async () => {
    const { directory, gzip, lock, errors } = trial();
    const path = join(directory, 'app.log.1');
    writeFileSync(path, 'old\n');
    writeFileSync(`${path}.gz`, gzipSync('old\n'));
    const other = new RotationLock(lock.path);
    other.acquire();
    const asked = vi.spyOn(lock, 'acquire');

    gzip.start();
    // The comparison is over when the lock is asked for.
    await until(() => asked.mock.calls.length > 0);
    for (const suffix of ['', '.gz']) renameSync(path + suffix, join(directory, `app.log.2${suffix}`));
    writeFileSync(path, 'new\n');
    other.release();
    await gzip.idle;
    gzip.start();
    await gzip.idle;

    expect(errors).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual(['app.log.1.gz', 'app.log.2.gz']);
    expect(unzip(`${path}.gz`)).toBe('new\n');
  });

  it.each([
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a link', (path: string) => symlinkSync('secret', path)],
  ])('keeps %s with the name of a backup', async (_what, make) => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'secret'), 'secret');
    make(join(directory, 'app.log.1'));

    gzip.start();
    await gzip.idle;

    expect(errors).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual(['app.log.1', 'secret']);
  });

  it('reports a FIFO with the name of a compressed backup, and does not wait for it', async () => {
    const { directory, gzip, errors } = trial();
    writeFileSync(join(directory, 'app.log.1'), 'one\n');
    execFileSync('mkfifo', [join(directory, 'app.log.1.gz')]);

    gzip.start();
    await gzip.idle;

    expect(errors).toEqual([expect.stringContaining('is not a file')]);
    expect(readFileSync(join(directory, 'app.log.1'), 'utf8')).toBe('one\n');
  });
});

async function compare(gzip: Buffer): Promise<string> {
  const directory = tempDir();
  const [plain, zipped] = [join(directory, 'a'), join(directory, 'a.gz')];
  writeFileSync(plain, 'one\ntwo\n'.repeat(10_000));
  writeFileSync(zipped, gzip);
  return compareWithGzip(plain, zipped);
}

const whole = gzipSync('one\ntwo\n'.repeat(10_000));

describe('compareWithGzip', () => {
  it('recognises the same content, in one or more members', async () => {
    expect(await compare(whole)).toBe('same');
    expect(await compare(Buffer.concat([gzipSync('one\ntwo\n'.repeat(9999)), gzipSync('one\ntwo\n')]))).toBe(
      'same',
    );
  });

  it('recognises different content', async () => {
    expect(await compare(gzipSync('one\n'))).toBe('different');
  });

  it.each([
    ['cut short', whole.subarray(0, 100)],
    ['empty', Buffer.alloc(0)],
    ['no gzip file', Buffer.from('one\ntwo\n')],
  ])('calls a file broken that is %s', async (_what, bytes) => {
    expect(await compare(bytes)).toBe('broken');
  });
});
