/** Compresses backups in the background, one at a time; whatever is interrupted leaves the backup as it was. */
import { readdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GzipCopy } from './gzip-copy';
import type { RotationLock } from './rotation-lock';
import { compareWithGzip } from './same-content';

export const GZIP_SUFFIX = '.gz';
/** Another process may still write to the file under its old name for as long as it does not look, and a bit. */
const QUIET_MS = 50;
const LOCK_RETRY_MS = 10;
const LOCK_TRIES = 500;

export interface GzipBackupsOptions {
  /** The file being written. */
  readonly path: string;
  readonly lock: RotationLock;
  /** How late another process may notice a rename, in ms. */
  readonly noticedWithinMs: number;
  /** Paths of the backups that are not compressed. */
  readonly pending: () => readonly string[];
  readonly onError: (error: unknown) => void;
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** The copy is made beside the backup and takes its name, with `.gz`, when it is complete. */
export class GzipBackups {
  readonly #options: GzipBackupsOptions;
  #work: Promise<void> | undefined;
  #again = false;

  constructor(options: GzipBackupsOptions) {
    this.#options = options;
  }

  /** Settles when nothing is being compressed; undefined when nothing is. */
  get idle(): Promise<void> | undefined {
    return this.#work;
  }

  /** Compresses what is there to compress, also what an earlier process has left. */
  start(): void {
    this.#again = true;
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // The call that led here returns first.
      await wait(0);
      this.#removeParts();
      while (this.#again) {
        this.#again = false;
        // One after the other: one core and one file's worth of buffers at most.
        for (const path of this.#options.pending()) await this.#compress(path);
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#work = undefined;
    }
  }

  async #compress(path: string): Promise<void> {
    const zipped = path + GZIP_SUFFIX;
    if (inodeOf(path) === undefined) return;
    if (inodeOf(zipped) !== undefined) {
      const content = await compareWithGzip(path, zipped);
      // An older backup under the same name: neither is given up.
      if (content === 'different') throw new Error(`${zipped} exists and holds something else than ${path}`);
      if (content === 'same') return this.#locked(() => unlinkSync(path));
    }
    const copy = await GzipCopy.begin(
      path,
      (ino) => `${this.#options.path}.${process.pid}-${ino}${GZIP_SUFFIX}.part`,
    );
    try {
      await copy.catchUp();
      await wait(this.#options.noticedWithinMs + QUIET_MS);
      while (!(await copy.isComplete())) await copy.catchUp();
      await this.#locked(() => this.#replace(copy));
    } finally {
      await copy.close();
      rmSync(copy.path, { force: true });
    }
  }

  /** The backup may have moved on to another number since, or be deleted. */
  #replace(copy: GzipCopy): void {
    const path = this.#options.pending().find((candidate) => inodeOf(candidate) === copy.ino);
    if (path === undefined) return;
    renameSync(copy.path, path + GZIP_SUFFIX);
    unlinkSync(path);
  }

  async #locked(work: () => void): Promise<void> {
    const { lock } = this.#options;
    for (let tries = 0; !lock.acquire(); tries++) {
      if (tries >= LOCK_TRIES) throw new Error(`${lock.path} is held by another process`);
      await wait(LOCK_RETRY_MS);
    }
    try {
      work();
    } finally {
      lock.release();
    }
  }

  /** Copies that a process left half done, unless that process still runs. */
  #removeParts(): void {
    const { path } = this.#options;
    const prefix = `${basename(path)}.`;
    for (const name of readdirSync(dirname(path))) {
      const [, pid] =
        /^(\d+)-\d+\.gz\.part$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
      if (pid !== undefined && !runs(Number(pid))) rmSync(join(dirname(path), name), { force: true });
    }
  }
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
