import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PresentFiles } from '../../../lib/handlers/rotating-file/present-files';
import { tempDir } from '../../support/temp-dir';

describe('PresentFiles', () => {
  it('tells files, directories and links that lead nowhere from what is not there', () => {
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
