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
});
