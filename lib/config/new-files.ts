/** Takes back the files and directories that a refused configuration has created. */
import { lstatSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    // A path that cannot be asked about is not ours to remove.
    return 0;
  }
}

/** The directories above a path that are not there yet, the nearest first. */
function missingAbove(path: string): readonly string[] {
  const missing: string[] = [];
  let directory = dirname(path);
  while (directory !== dirname(directory) && sizeOf(directory) === undefined) {
    missing.push(directory);
    directory = dirname(directory);
  }
  return missing;
}

/** Files that are not there yet, and the directories that `mkdir` would make for them. */
export class NewFiles {
  readonly #paths: readonly string[];
  /** Each before those above it. */
  readonly #directories: readonly string[];

  constructor(files: readonly (string | URL)[]) {
    this.#paths = files
      .map((file) => (file instanceof URL ? fileURLToPath(file) : resolve(file)))
      .filter((path) => sizeOf(path) === undefined);
    this.#directories = [...new Set(this.#paths.flatMap(missingAbove))].toSorted(
      (a, b) => b.length - a.length,
    );
  }

  /** Removes those that are there now and empty. */
  remove(): void {
    for (const path of this.#paths) if (sizeOf(path) === 0) rmSync(path, { force: true });
    for (const directory of this.#directories) {
      try {
        rmdirSync(directory);
      } catch {
        // It was not made, or holds what others have written since.
      }
    }
  }
}
