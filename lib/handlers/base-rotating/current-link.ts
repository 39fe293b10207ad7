/** A symbolic link that leads to the file being written, for `tail -F` and for people. */
import { lstatSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ConfigurationError } from '../../errors';

/** Makes the link, or turns it round in one step. @throws ConfigurationError when a file is in its place. */
export function pointLink(link: string, target: string): void {
  const directory = dirname(target);
  const path = resolve(directory, link);
  const text = relative(dirname(path), target);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true && readlinkSync(path) === text) return;
  if (stat !== undefined && !stat.isSymbolicLink()) {
    throw new ConfigurationError(
      `"symlink" must name a link or nothing, but "${path}" is a file; remove it.`,
    );
  }
  const draft = `${path}.${process.pid}`;
  symlinkSync(text, draft);
  renameSync(draft, path);
}
