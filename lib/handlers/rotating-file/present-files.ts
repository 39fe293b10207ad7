/** Which of many paths are there: one look at the directory that most of them are in, instead of one at each. */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** As it is when it is made; paths in other directories are looked at when they are asked for. */
export class PresentFiles {
  readonly #directory: string;
  readonly #names: ReadonlySet<string>;

  constructor(directory: string) {
    this.#directory = directory;
    this.#names = new Set(readdirSync(directory));
  }

  has(path: string): boolean {
    if (dirname(path) === this.#directory) return this.#names.has(basename(path));
    return look(path) !== undefined;
  }

  isDirectory(path: string): boolean {
    return this.has(path) && look(path)?.isDirectory() === true;
  }
}
