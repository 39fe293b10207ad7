/** Compresses backups in the background, one at a time. When it is interrupted, the backup stays as it was. */
import { createHash, randomUUID } from 'node:crypto';
import { constants, fstatSync, lstatSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { DeliveryError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import { readProperty } from '../../internal/foreign';
import { spaceTag } from '../../internal/process-space';
import { GZIP_SUFFIX } from './backup-slots';
import { isRunning, thisProcess, type LockOwner, type RotationLock } from './rotation-lock';

/** Each piece takes the main thread only microseconds, since zlib works in the thread pool. */
const PIECE_BYTES = 64 * 1024;

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
/** Windows has neither flag. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

/** Opens a file for reading. Does not follow a link or wait for a FIFO. @throws DeliveryError if it is not a file. */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new DeliveryError(`"${path}" is not a file`);
}

/**
 * A compressed copy of a file that may still grow: later bytes become another member of the same gzip file. Keeps both
 * files open, so the source may be renamed.
 */
export class GzipCopy {
  readonly path: string;
  readonly ino: bigint;
  readonly #source: FileHandle;
  readonly #target: FileHandle;
  #copied = 0;

  private constructor(
    files: { readonly source: FileHandle; readonly target: FileHandle },
    facts: { readonly path: string; readonly ino: bigint },
  ) {
    this.#source = files.source;
    this.#target = files.target;
    this.path = facts.path;
    this.ino = facts.ino;
  }

  /** `path` must not exist. */
  static async begin(source: string, path: string): Promise<GzipCopy> {
    const from = await openFile(source);
    try {
      const { mode, ino } = await from.stat({ bigint: true });
      // Anybody who may write in the directory could have created a link there.
      const to = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Number(mode) & 0o777);
      return new GzipCopy({ source: from, target: to }, { path, ino });
    } catch (error) {
      await from.close();
      throw error;
    }
  }

  /** Copies up to the current end, and resolves when the copy is on the disk. */
  async catchUp(): Promise<void> {
    const { size } = await this.#source.stat();
    if (size > this.#copied || this.#copied === 0) {
      await pipeline(
        this.#pieces(size),
        createGzip({ chunkSize: PIECE_BYTES }),
        async (zipped: AsyncIterable<Buffer>) => {
          for await (const piece of zipped) await this.#target.writeFile(piece);
        },
      );
    }
    // The time of the last record, since people and tools sort by it.
    const { atime, mtime } = await this.#source.stat();
    await this.#target.utimes(atime, mtime);
    await this.#target.sync();
  }

  /** Synchronous, so that nothing is written between the check and what the caller does in the same turn. */
  isComplete(): boolean {
    return fstatSync(this.#source.fd).size <= this.#copied;
  }

  async close(): Promise<void> {
    await Promise.all([this.#source.close(), this.#target.close()]);
  }

  async *#pieces(end: number): AsyncGenerator<Buffer> {
    while (this.#copied < end) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - this.#copied));
      const { bytesRead } = await this.#source.read(buffer, 0, buffer.length, this.#copied);
      // The file was truncated.
      if (bytesRead === 0) break;
      this.#copied += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

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
    // Z_BUF_ERROR or Z_DATA_ERROR: the copy is incomplete.
    return undefined;
  } finally {
    await file.close();
  }
}

/**
 * `broken` if `gzip` is incomplete or not a gzip file.
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

const PART = `${GZIP_SUFFIX}.part`;
/** Another process may write to the renamed file until it notices the rename. This is added to that time, in ms. */
const QUIET_MS = 50;
/** A copy that was not written to for this long belongs to no process, even if a file server's clock differs. In ms. */
const LEFT_MS = 3_600_000;
const LOCK_RETRY_MS = 10;
const LOCK_TRIES = 500;

export interface GzipBackupsOptions {
  /** The file being written. */
  readonly path: string;
  readonly lock: RotationLock;
  /** Time in which another process notices a rename, in ms. */
  readonly noticedWithinMs: number;
  /** Paths of the backups that are not compressed. */
  readonly pending: () => readonly string[];
  readonly onError: (error: unknown) => void;
}

/** The inode number of a regular file; undefined for anything else. */
function inodeOf(path: string): bigint | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.ino : undefined;
}

/** The path of a copy that this process makes: unique for each handler and thread, and impossible to guess. */
function partOf(path: string): string {
  const { pid, started } = thisProcess();
  return `${path}.${pid}-${started}-${spaceTag()}-${randomUUID()}${PART}`;
}

/** The owner of the copy with this name. `owner` is undefined for a process of another host or container. */
function partNamed(name: string, base: string): { readonly owner: LockOwner | undefined } | undefined {
  if (!name.startsWith(`${base}.`) || !name.endsWith(PART)) return undefined;
  const [, pid, started, tag] =
    /^([1-9]\d*)-(\d+|-)-([\da-f]{8})-[\da-f-]{36}$/.exec(name.slice(base.length + 1, -PART.length)) ?? [];
  if (pid === undefined || started === undefined) return undefined;
  return { owner: tag === spaceTag() ? { ...thisProcess(), pid: Number(pid), started } : undefined };
}

/** The copy is made in the directory of the log file. When complete, it is renamed to the backup's name with `.gz`. */
export class GzipBackups {
  readonly #options: GzipBackupsOptions;
  #work: Promise<void> | undefined;
  #again = false;

  constructor(options: GzipBackupsOptions) {
    this.#options = options;
  }

  /** Settles when compression ends; undefined when nothing is being compressed. */
  get idle(): Promise<void> | undefined {
    return this.#work;
  }

  /** Compresses all pending backups, including those that an earlier process has left. */
  start(): void {
    this.#again = true;
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // The current call returns first.
      await wait(0);
      this.#removeParts();
      while (this.#again) {
        this.#again = false;
        // One at a time: uses at most one core and the buffers of one file.
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
      // Another handler or process has compressed or moved it. Whoever moves backups also compresses them. Another
      // backup may already have the same name.
      const isGone = readProperty(error, 'path') === path || inodeOf(path) === undefined;
      if (errorCode(error) !== 'ENOENT' || !isGone) throw error;
    }
  }

  /** Whether an earlier process has made a complete copy. Then the plain backup is deleted. */
  async #isDone(path: string): Promise<boolean> {
    const zipped = path + GZIP_SUFFIX;
    if (lstatSync(zipped, { throwIfNoEntry: false }) === undefined) return false;
    const inodes = [inodeOf(path), inodeOf(zipped)];
    const content = await compareWithGzip(path, zipped);
    if (content === 'broken') return false;
    return this.#locked(() => {
      // Other backups may have got these names while they were read.
      if (inodeOf(path) !== inodes[0] || inodeOf(zipped) !== inodes[1]) return true;
      // An older backup has the same name. Both are kept.
      if (content === 'different')
        throw new Error(`${zipped} exists and does not hold the content of ${path}`);
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

  /** The backup may have been renamed to another number or deleted. False if it has grown since the copy. */
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

  /** Removes incomplete copies of processes that have ended. */
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
