import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoriesLike } from '../../../lib/handlers/timed-rotating-file/backup-directories';
import { tempDir } from '../../support/temp-dir';

function directoryWith(...names: readonly string[]): string {
  const directory = tempDir();
  for (const name of names) mkdirSync(join(directory, name), { recursive: true });
  return directory;
}

describe('directoriesLike', () => {
  it('is the one directory of paths that have it in common, whether it is there or not', () => {
    expect(directoriesLike('/var/log/app.log.1', '/var/log/app.log.2')).toEqual(['/var/log']);
    expect(directoriesLike('/a', '/b')).toEqual(['/']);
  });

  it('is every directory in the place of a part that differs, with what is fixed below it', () => {
    const directory = directoryWith('2023/12/shop', '2024/01/shop', '2024/02', 'notes');

    const found = directoriesLike(
      join(directory, '2024/02/shop/app.log'),
      join(directory, '2025/03/shop/app.log'),
    );

    expect(found.toSorted()).toEqual(
      ['2023/12/shop', '2024/01/shop', '2024/02/shop'].map((name) => join(directory, name)),
    );
  });

  it('is both directories of paths of different depth', () => {
    expect(directoriesLike('/a/b/c', '/a/d')).toEqual(['/a/b', '/a']);
  });

  it('is nothing where nothing is there yet', () => {
    const directory = tempDir();

    expect(directoriesLike(join(directory, 'x/1/a'), join(directory, 'x/2/a'))).toEqual([]);
  });
});
