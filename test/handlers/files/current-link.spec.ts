import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pointLink } from '../../../lib/handlers/files/current-link';
import { tempDir } from '../../support/temp-dir';

describe('pointLink', () => {
  it('makes a relative link beside the file', () => {
    const directory = tempDir();

    pointLink('current.log', join(directory, 'app.log'));

    expect(readlinkSync(join(directory, 'current.log'))).toBe('app.log');
  });

  it('makes it in another directory', () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'links'));

    pointLink('links/current.log', join(directory, 'app.log'));

    expect(readlinkSync(join(directory, 'links/current.log'))).toBe('../app.log');
  });

  it('replaces a link to another file, and leaves no temporary link', () => {
    const directory = tempDir();
    symlinkSync('old.log', join(directory, 'current.log'));

    pointLink('current.log', join(directory, 'app.log'));

    expect(readlinkSync(join(directory, 'current.log'))).toBe('app.log');
    expect(readdirSync(directory)).toEqual(['current.log']);
  });

  it('touches no file that has the name of the link and a process id', () => {
    const directory = tempDir();
    symlinkSync('old.log', join(directory, 'current.log'));
    writeFileSync(join(directory, `current.log.${process.pid}`), 'precious');

    pointLink('current.log', join(directory, 'app.log'));

    expect(readFileSync(join(directory, `current.log.${process.pid}`), 'utf8')).toBe('precious');
  });

  it('does not touch a file', () => {
    const directory = tempDir();
    writeFileSync(join(directory, 'current.log'), 'precious');

    expect(() => pointLink('current.log', join(directory, 'app.log'))).toThrow(
      `"symlink" must be the path of a link or of nothing, but "${join(directory, 'current.log')}" is a file; remove it.`,
    );
  });
});
