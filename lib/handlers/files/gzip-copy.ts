/** A compressed copy of a file that may still grow: what comes later is a further member of the same gzip file. */
import { constants, fstatSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DeliveryError } from '../../errors';

/** 64 KiB at a time: the main thread sees each piece only for microseconds, zlib works in the thread pool. */
const PIECE_BYTES = 64 * 1024;

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
/** Windows has neither flag. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

/** Opens a file for reading; a link is not followed, and a FIFO is not waited for. @throws DeliveryError if it is no file. */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new DeliveryError(`"${path}" is not a file`);
}

/** Holds both files open; the source may be renamed meanwhile. */
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

  /** `path` must be free. */
  static async begin(source: string, path: string): Promise<GzipCopy> {
    const from = await openFile(source);
    try {
      const { mode, ino } = await from.stat({ bigint: true });
      // Whoever may write in the directory could have put a link there.
      const to = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Number(mode) & 0o777);
      return new GzipCopy({ source: from, target: to }, { path, ino });
    } catch (error) {
      await from.close();
      throw error;
    }
  }

  /** Copies up to the present end and resolves when it is on the disk. */
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
    // The time of the last record, by which people and tools sort.
    const { atime, mtime } = await this.#source.stat();
    await this.#target.utimes(atime, mtime);
    await this.#target.sync();
  }

  /** Looks now, so that nothing is written between the answer and what the caller does with it in the same turn. */
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
      // Cut since: what is left is what there is.
      if (bytesRead === 0) break;
      this.#copied += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
