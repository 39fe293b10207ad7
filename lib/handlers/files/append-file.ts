/** A file that text is appended to. Each write is in the kernel when it returns. After a cut line, a new one begins. */
import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../internal/error-code';
import { IncompleteWriteError, writeFully, type WriteOptions } from '../../internal/write-fully';
import type { TextEncoding } from './text-encoding';

const REOPEN_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
/** A FIFO that nobody reads, or that is full, is an error and does not block the thread. Windows has no such flag. */
const O_NONBLOCK = (constants as Partial<typeof constants>).O_NONBLOCK ?? 0;
/** After a wait without success the thread does not wait for the reader again until it reads something. */
const PATIENT: WriteOptions = { isPatient: true };
const STALLED: WriteOptions = { isPatient: false };
/** Bytes that Linux writes to a pipe in one piece (PIPE_BUF), so that the lines of several processes do not mix. */
export const PIPE_PIECE_BYTES = 4096;
/** Mode of a directory that we create, less the umask. As log files, it is not readable by everybody. */
export const DIRECTORY_MODE = 0o750;
/** The descriptor is no longer ours, or its file is no longer on the server. */
const STALE: ReadonlySet<string | undefined> = new Set(['EBADF', 'ESTALE']);

export interface AppendFileOptions {
  /** Flags of the first open. Later ones always append, so that nothing written is lost. */
  readonly flags: number;
  readonly encoding: TextEncoding;
  /** Permission bits of a file that the open creates, less the umask. @defaultValue 0o666 */
  readonly permissions?: number;
  /** Create the directory when it is missing. @defaultValue false */
  readonly mkdir?: boolean;
}

/** Identifies a file, whatever its name. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A text that a failed write has written in part. */
export interface CutText {
  /** Bytes of the text that are in the file. */
  readonly written: number;
  /** That file. */
  readonly file: FileIdentity | undefined;
}

/** Opened by `open` or by the first write; closed, it opens again at the next write. */
export class AppendFile {
  readonly kind = 'file';
  readonly path: string;
  readonly encoding: TextEncoding;
  /** Called before the file is closed or replaced by another. If it throws, the file stays open. */
  beforeLeaving: (() => void) | undefined;
  readonly #options: AppendFileOptions;
  #openedBefore = false;
  #fd: number | undefined;
  #size = 0;
  #identity: FileIdentity | undefined;
  #isRegular = false;
  /** A wait for a full pipe has timed out. There is no other wait until the pipe takes a whole text. */
  #isStalled = false;
  /** Written before the next text: a byte order mark, or the newline that ends a cut line. */
  #prefix: string | Buffer = '';

  constructor(path: string, options: AppendFileOptions) {
    this.path = path;
    this.encoding = options.encoding;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** The descriptor, undefined while closed. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Bytes in the file: its size when it was opened plus the bytes written since. 0 while closed. */
  get size(): number {
    return this.#size;
  }

  /** Undefined while closed. */
  get identity(): FileIdentity | undefined {
    return this.#identity;
  }

  /** False for a device, a pipe or a socket, and while closed. */
  get isRegular(): boolean {
    return this.#isRegular;
  }

  /** Most bytes to write at once. Undefined for a regular file, which takes any number in one piece. */
  get pieceBytes(): number | undefined {
    return this.#fd === undefined || this.#isRegular ? undefined : PIPE_PIECE_BYTES;
  }

  /** Sets the size that the file system reports: other processes may append to the file or truncate it. */
  noteSize(size: number): void {
    this.#size = size;
  }

  /** Whether the open file has a name. Text written to a file without one is lost. */
  hasName(): boolean {
    return this.#fd !== undefined && fstatSync(this.#fd).nlink > 0;
  }

  /** Does nothing when open. @throws the error of open(2). */
  open(): void {
    if (this.#fd !== undefined) return;
    const fd = this.#openPath();
    this.#openedBefore = true;
    this.#fd = fd;
    const stat = fstatSync(fd, { bigint: true });
    this.#size = Number(stat.size);
    this.#identity = { dev: stat.dev, ino: stat.ino };
    this.#isRegular = stat.isFile();
    if (this.#size === 0) this.#prefix = this.encoding.bom;
  }

  /**
   * Opens the file that is at the path now, then closes the old one.
   *
   * @throws the error of open(2) or of `beforeLeaving`. The old file then stays open.
   */
  reopen(): void {
    this.beforeLeaving?.();
    const old = this.#fd;
    this.#fd = undefined;
    try {
      this.open();
    } catch (error) {
      this.#fd = old;
      throw error;
    }
    if (old !== undefined) closeSync(old);
  }

  /** The text without characters that the encoding cannot hold. @throws FormatError if the policy is strict. */
  prepare(text: string): string {
    return this.encoding.prepare(text);
  }

  /** Writes one record. @throws the error of open(2) or write(2). A part may have been written. */
  write(text: string): void {
    try {
      this.append(this.encoding.toBytes(this.encoding.prepare(text)));
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      this.endCutLine();
      throw error.cause;
    }
  }

  /**
   * Writes encoded bytes, or UTF-8 text. If `cut` is given, its bytes are skipped, since they are in the file already.
   *
   * @throws IncompleteWriteError when only the first bytes of the text were written.
   */
  append(bytes: string | Buffer, cut?: CutText): void {
    if (this.#fd === undefined) this.open();
    if (this.#prefix !== '') this.#writePrefix();
    try {
      this.#putRest(bytes, cut);
    } catch (error) {
      if (!STALE.has(errorCode(error))) throw error;
      // Not closed: the number may already belong to another file.
      this.#fd = undefined;
      this.open();
      this.#putRest(bytes, cut);
    }
  }

  /** Leaves the cut line as it is. The next text begins on a new line. */
  endCutLine(): void {
    this.#prefix = '\n';
  }

  /** Does nothing when closed. @throws the error of `beforeLeaving`. The file then stays open. */
  close(): void {
    if (this.#fd === undefined) return;
    this.beforeLeaving?.();
    const fd = this.#fd;
    this.#fd = undefined;
    this.#size = 0;
    this.#identity = undefined;
    this.#isRegular = false;
    try {
      closeSync(fd);
    } catch (error) {
      if (!STALE.has(errorCode(error))) throw error;
    }
  }

  #openPath(): number {
    const { flags, permissions = 0o666, mkdir } = this.#options;
    const openFlags = (this.#openedBefore ? REOPEN_FLAGS : flags) | O_NONBLOCK;
    try {
      return openSync(this.path, openFlags, permissions);
    } catch (error) {
      if (mkdir !== true || errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(dirname(this.path), { recursive: true, mode: DIRECTORY_MODE });
      return openSync(this.path, openFlags, permissions);
    }
  }

  #writePrefix(): void {
    const prefix = typeof this.#prefix === 'string' ? this.encoding.toBytes(this.#prefix) : this.#prefix;
    try {
      this.#put(prefix);
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      this.#prefix = Buffer.from(prefix).subarray(error.written);
      throw error.cause;
    }
    this.#prefix = '';
  }

  #putRest(bytes: string | Buffer, cut: CutText | undefined): void {
    if (cut === undefined || !isSame(cut.file, this.#identity)) return this.#put(bytes);
    try {
      this.#put(Buffer.from(bytes).subarray(cut.written));
    } catch (error) {
      if (!(error instanceof IncompleteWriteError)) throw error;
      throw new IncompleteWriteError(cut.written + error.written, error.cause);
    }
  }

  #put(bytes: string | Buffer): void {
    try {
      // `append` has opened the file.
      this.#size += writeFully(this.#fd ?? -1, bytes, this.#isStalled ? STALLED : PATIENT);
      this.#isStalled = false;
    } catch (error) {
      const incomplete = error instanceof IncompleteWriteError;
      if (incomplete) this.#size += error.written;
      this.#isStalled = errorCode(incomplete ? error.cause : error) === 'EAGAIN';
      throw error;
    }
  }
}

function isSame(one: FileIdentity | undefined, other: FileIdentity | undefined): boolean {
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}
