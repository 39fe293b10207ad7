/** Takes back the files that a refused configuration has created. */
import { lstatSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.size;
  } catch {
    // A path that cannot be asked about is not ours to remove.
    return 0;
  }
}

/** Files that are not there yet. */
export class NewFiles {
  readonly #paths: readonly string[];

  constructor(files: readonly (string | URL)[]) {
    this.#paths = files
      .map((file) => (file instanceof URL ? fileURLToPath(file) : resolve(file)))
      .filter((path) => sizeOf(path) === undefined);
  }

  /** Removes those that are there now and empty. */
  remove(): void {
    for (const path of this.#paths) if (sizeOf(path) === 0) rmSync(path, { force: true });
  }
}
