import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GzipCopy } from '../../../lib/handlers/files/gzip-copy';
import { tempDir } from '../../support/temp-dir';

async function copyOf(source: string): Promise<GzipCopy> {
  return GzipCopy.begin(source, `${source}.part`);
}

function unzipped(copy: GzipCopy): string {
  return gunzipSync(readFileSync(copy.path)).toString();
}

describe('GzipCopy', () => {
  it('holds what the file holds, with its time and its permission bits', async () => {
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

  it('adds what was written since as a further member', async () => {
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

  it('makes a gzip file of an empty one', async () => {
    const source = join(tempDir(), 'app.log.1');
    writeFileSync(source, '');
    const copy = await copyOf(source);

    await copy.catchUp();
    await copy.close();

    expect(unzipped(copy)).toBe('');
    expect(statSync(copy.path).size).toBeGreaterThan(0);
  });

  it('rejects when the source is gone or the target cannot be made', async () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'app.log.1'), '');

    await expect(copyOf(join(directory, 'missing'))).rejects.toThrow('ENOENT');
    await expect(GzipCopy.begin(join(directory, 'app.log.1'), directory)).rejects.toThrow('EEXIST');
  });

  it('writes neither through a link nor into a file that is there', async () => {
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
