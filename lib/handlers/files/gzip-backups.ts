/** Compresses backups in the background, one at a time; whatever is interrupted leaves the backup as it was. */
import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { errorCode } from '../../internal/error-code';
import { spaceTag } from '../../internal/process-space';
import { GzipCopy, openFile } from './gzip-copy';
import { isRunning, thisProcess, type LockOwner } from './lock-owner';
import type { RotationLock } from './rotation-lock';

async function digest(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function unzippedDigest(file: FileHandle): Promise<string | undefined> {
  try {
    const source = file.createReadStream();
    const unzipped = createGunzip();
    source.on('error', (error) => unzipped.destroy(error)).pipe(unzipped);
    return await digest(unzipped);
  } catch {
    // Z_BUF_ERROR, Z_DATA_ERROR: a copy that was cut short.
    return undefined;
  } finally {
    await file.close();
  }
}

/**
 * `broken` if `gzip` ends early or is not a gzip file.
 *
 * @throws the error of open(2); DeliveryError if one of the two is not a regular file.
 */
export async function compareWithGzip(plain: string, gzip: string): Promise<'same' | 'different' | 'broken'> {
  const plainFile = await openFile(plain);
  try {
    const unzipped = await unzippedDigest(await openFile(gzip));
    if (unzipped === undefined) return 'broken';
    return unzipped === (await digest(plainFile.createReadStream())) ? 'same' : 'different';
  } finally {
    await plainFile.close();
  }
}

export const GZIP_SUFFIX = '.gz';
const PART = `${GZIP_SUFFIX}.part`;
/** Another process may still write to the file under its old name for as long as it does not look, and a bit. */
const QUIET_MS = 50;
/** A copy is written to all the time: one that was not for this long is left, also by the clock of a file server. In ms. */
const LEFT_MS = 3_600_000;
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

/** The number of a file; undefined for anything else, such as a link, and for nothing. */
function inodeOf(path: string): bigint | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.ino : undefined;
}

/** Of a copy that this process is making. No two handlers, nor threads, get the same, and nobody can guess it. */
function partOf(path: string): string {
  const { pid, started } = thisProcess();
  return `${path}.${pid}-${started}-${spaceTag()}-${randomUUID()}${PART}`;
}

/** The copy whose name it is: who makes it; `owner` is undefined for a process of another host or container. */
function partNamed(name: string, base: string): { readonly owner: LockOwner | undefined } | undefined {
  if (!name.startsWith(`${base}.`) || !name.endsWith(PART)) return undefined;
  const [, pid, started, tag] =
    /^([1-9]\d*)-(\d+|-)-([\da-f]{8})-[\da-f-]{36}$/.exec(name.slice(base.length + 1, -PART.length)) ?? [];
  if (pid === undefined || started === undefined) return undefined;
  return { owner: tag === spaceTag() ? { ...thisProcess(), pid: Number(pid), started } : undefined };
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
    try {
      if (inodeOf(path) === undefined || (await this.#isDone(path))) return;
      await this.#copy(path);
    } catch (error) {
      // Another handler or process has compressed or moved it meanwhile: who moves backups compresses them as well.
      if (errorCode(error) !== 'ENOENT' || inodeOf(path) !== undefined) throw error;
    }
  }

  /** Whether an earlier process has got as far as a complete copy; then nothing but that is left. */
  async #isDone(path: string): Promise<boolean> {
    const zipped = path + GZIP_SUFFIX;
    if (lstatSync(zipped, { throwIfNoEntry: false }) === undefined) return false;
    const inodes = [inodeOf(path), inodeOf(zipped)];
    const content = await compareWithGzip(path, zipped);
    if (content === 'broken') return false;
    return this.#locked(() => {
      // The names may have gone to other backups while they were read.
      if (inodeOf(path) !== inodes[0] || inodeOf(zipped) !== inodes[1]) return true;
      // An older backup under the same name: neither is given up.
      if (content === 'different') throw new Error(`${zipped} exists and holds something else than ${path}`);
      unlinkSync(path);
      return true;
    });
  }

  async #copy(path: string): Promise<void> {
    const copy = await GzipCopy.begin(path, partOf(this.#options.path));
    try {
      await copy.catchUp();
      await wait(this.#options.noticedWithinMs + QUIET_MS);
      do await copy.catchUp();
      while (!(await this.#locked(() => this.#replace(copy))));
    } finally {
      await copy.close();
      rmSync(copy.path, { force: true });
    }
  }

  /** The backup may have moved on to another number since, or be deleted. False while it has more than the copy. */
  #replace(copy: GzipCopy): boolean {
    if (!copy.isComplete()) return false;
    const path = this.#options.pending().find((candidate) => inodeOf(candidate) === copy.ino);
    if (path === undefined) return true;
    renameSync(copy.path, path + GZIP_SUFFIX);
    unlinkSync(path);
    return true;
  }

  async #locked<T>(work: () => T): Promise<T> {
    const { lock } = this.#options;
    for (let tries = 0; !lock.acquire(); tries++) {
      if (tries >= LOCK_TRIES) throw new Error(`${lock.path} is held by another process`);
      await wait(LOCK_RETRY_MS);
    }
    try {
      return work();
    } finally {
      lock.release();
    }
  }

  /** Copies that a process left half done, unless that process still runs. */
  #removeParts(): void {
    const directory = dirname(this.#options.path);
    for (const name of readdirSync(directory))
      if (this.#isLeft(join(directory, name))) rmSync(join(directory, name), { force: true });
  }

  #isLeft(path: string): boolean {
    const part = partNamed(basename(path), basename(this.#options.path));
    if (part === undefined) return false;
    const runs = part.owner === undefined ? undefined : isRunning(part.owner);
    if (runs !== undefined) return !runs;
    // The time of the last change (ctime): the copy's mtime is set to the time of the last record.
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.ctimeMs > this.#options.noticedWithinMs + LEFT_MS;
  }
}
