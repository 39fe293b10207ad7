/** A compressed copy of a file that may still grow: what comes later is a further member of the same gzip file. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** 64 KiB at a time: the main thread sees each piece only for microseconds, zlib works in the thread pool. */
const PIECE_BYTES = 64 * 1024;

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

  /** `nameFor` gets the inode of the source, which tells it from others. */
  static async begin(source: string, nameFor: (ino: bigint) => string): Promise<GzipCopy> {
    const from = await open(source, 'r');
    try {
      const stat = await from.stat({ bigint: true });
      const path = nameFor(stat.ino);
      const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
      const to = await open(path, O_WRONLY | O_CREAT | O_TRUNC, Number(stat.mode) & 0o777);
      return new GzipCopy({ source: from, target: to }, { path, ino: stat.ino });
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

  async isComplete(): Promise<boolean> {
    return (await this.#source.stat()).size <= this.#copied;
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
