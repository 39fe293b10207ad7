/** A symbolic link to the file being written, for `tail -F` and for people. */
import { existsSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ConfigurationError } from '../../errors';
import { spaceTag } from '../../internal/process-space';

/**
 * Makes the link, or replaces it in one step.
 *
 * @throws ConfigurationError when its path is a file or its directory is missing, else the error of symlink(2).
 */
export function pointLink(link: string, target: string): void {
  const directory = dirname(target);
  const path = resolve(directory, link);
  const text = relative(dirname(path), target);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true && readlinkSync(path) === text) return;
  if (stat !== undefined && !stat.isSymbolicLink()) {
    throw new ConfigurationError(
      `"symlink" must be the path of a link or of nothing, but "${path}" is a file; remove it.`,
    );
  }
  if (!existsSync(dirname(path))) {
    throw new ConfigurationError(
      `"symlink" must be in a directory that exists, got "${path}"; create "${dirname(path)}".`,
    );
  }
  // A process of another container may have our process id.
  const draft = `${path}.${process.pid}-${spaceTag()}`;
  // A process with our id may have been killed between the two calls.
  rmSync(draft, { force: true });
  symlinkSync(text, draft);
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
