import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NewFiles } from '../../lib/config/new-files';
import { tempDir } from '../support/temp-dir';

describe('NewFiles', () => {
  it('removes what was created since, if it is empty', () => {
    const dir = tempDir();
    const [old, fresh, written, url] = ['old', 'fresh', 'written', 'url'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(old, '');
    const files = new NewFiles([old, fresh, written, pathToFileURL(url)]);
    for (const path of [fresh, url]) writeFileSync(path, '');
    writeFileSync(written, 'kept');

    files.remove();

    expect([old, fresh, written, url].map(existsSync)).toEqual([true, false, true, false]);
  });

  it('leaves alone what cannot be a file of ours', () => {
    const dir = tempDir();
    const sub = join(dir, 'sub');
    const files = new NewFiles([join(dir, 'never'), 'bad\0path', sub]);
    mkdirSync(sub);

    files.remove();

    expect(existsSync(sub)).toBe(true);
  });

  it('removes directories that were created since, the inner ones first, if they are empty', () => {
    const dir = tempDir();
    const files = new NewFiles(
      ['a/b/app.log', 'a/app.log', 'c/d/app.log', 'e/app.log'].map((file) => join(dir, file)),
    );
    for (const made of ['a/b', 'c/d']) mkdirSync(join(dir, made), { recursive: true });
    writeFileSync(join(dir, 'a/b/app.log'), '');
    writeFileSync(join(dir, 'c/other'), 'of somebody else');

    files.remove();

    expect(['a', 'c', 'c/d', 'c/other', 'e'].map((path) => existsSync(join(dir, path)))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('leaves a directory alone that was there before', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'empty'));
    const files = new NewFiles([join(dir, 'empty', 'app.log')]);

    files.remove();

    expect(existsSync(join(dir, 'empty'))).toBe(true);
  });
});
