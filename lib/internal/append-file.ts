/** A file that text is appended to: every write is in the kernel when it returns, and no line continues a cut one. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errorCode } from './error-code';
import { IncompleteWriteError } from './incomplete-write.error';
import type { TextEncoding } from './text-encoding';
import { writeFully } from './write-fully';

const REOPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
/** The descriptor is no longer ours, or its file is gone from the server: a new one is needed. */
const STALE: ReadonlySet<string | undefined> = new Set(['EBADF', 'ESTALE']);

export interface AppendFileOptions {
  /** Flags of the first open; later ones always append, so that nothing written is lost. */
  readonly flags: number;
  readonly encoding: TextEncoding;
}

/** Opened by `open` or by the first write; closed, it opens again at the next write. */
export class AppendFile {
  readonly path: string;
  readonly encoding: TextEncoding;
  readonly #flags: number;
  #openedBefore = false;
  #fd: number | undefined;
  #size = 0;
  /** What must come before the next text: a byte order mark, or the newline that ends a cut line. */
  #prefix = '';

  constructor(path: string, options: AppendFileOptions) {
    this.path = path;
    this.encoding = options.encoding;
    this.#flags = options.flags;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** The descriptor, undefined while closed. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Bytes in the file: its size when it was opened and what was written since. 0 while closed. */
  get size(): number {
    return this.#size;
  }

  /** @throws the error of open(2). Does nothing when open. */
  open(): void {
    if (this.#fd !== undefined) return;
    const fd = openSync(this.path, this.#openedBefore ? REOPEN_FLAGS : this.#flags, 0o666);
    this.#openedBefore = true;
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
    if (this.#size === 0) this.#prefix = this.encoding.bom;
  }

  /** The part of `text` that the encoding can hold. @throws FormatError when the policy is strict. */
  prepare(text: string): string {
    return this.encoding.prepare(text);
  }

  /** Writes one record. @throws the error of open(2) or write(2); a part may have been written. */
  write(text: string): void {
    try {
      this.append(this.encoding.toBytes(this.encoding.prepare(text)));
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      this.endCutLine();
      throw error.cause;
    }
  }

  /** Writes encoded bytes, or UTF-8 text. @throws IncompleteWriteError when only a part of them was written. */
  append(bytes: string | Buffer): void {
    if (this.#fd === undefined) this.open();
    if (this.#prefix !== '') this.#writePrefix();
    try {
      this.#put(bytes);
    } catch (error) {
      if (!STALE.has(errorCode(error))) throw error;
      // Not closed: the number may already stand for somebody else's file.
      this.#fd = undefined;
      this.open();
      this.#put(bytes);
    }
  }

  /** The last line stays as it is; the next text begins on a new one. */
  endCutLine(): void {
    this.#prefix = '\n';
  }

  /** Does nothing when closed. */
  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    this.#size = 0;
    try {
      closeSync(fd);
    } catch (error) {
      if (!STALE.has(errorCode(error))) throw error;
    }
  }

  #writePrefix(): void {
    const prefix = this.#prefix;
    this.#put(this.encoding.toBytes(prefix));
    this.#prefix = '';
  }

  #put(bytes: string | Buffer): void {
    try {
      // `append` has opened the file: -1 would be EBADF.
      this.#size += writeFully(this.#fd ?? -1, bytes);
    } catch (error) {
      if (error instanceof IncompleteWriteError) this.#size += error.written;
      throw error;
    }
  }
}
