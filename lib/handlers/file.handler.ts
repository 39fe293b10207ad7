/** Appends each record as a line to a file. */
import { constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeHandler } from '../core/class-descriptions';
import { diagnostics } from '../core/diagnostics';
import { HANDLER_SPEC } from '../core/handler';
import { getLevelName } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { AppendBatch } from './files/append-batch';
import { AppendFile } from './files/append-file';
import {
  accepting,
  boolean,
  otherwise,
  readOptions,
  readValues,
  rule,
  type SpecOf,
} from '../internal/options';
import { systemClock } from '../internal/clock';
import { errorCode } from '../internal/error-code';
import { LostFile } from './files/path-watch';
import {
  textEncoding,
  ENCODING,
  ENCODING_ERRORS,
  type EncodingErrors,
  type FileEncoding,
} from './files/text-encoding';
import { FILE_BUFFER, type BatchLimits, type FileBufferOptions } from './files/file-buffer';
import { StreamHandler, STREAM_SPEC, type StreamHandlerOptions } from './stream.handler';

/** A file as the stream of a handler. Writes are synchronous: at once, or in batches. */
export class FileSink {
  readonly file: AppendFile;
  /** Undefined if each record is written at once. */
  batch: AppendBatch | undefined;
  /** Called with each text before it is written. May open another file. */
  beforeWrite: ((text: string) => void) | undefined;
  /** Called before the batch is written. May open another file. */
  beforeFlush: (() => void) | undefined;

  constructor(file: AppendFile) {
    this.file = file;
  }

  get name(): string {
    return this.file.path;
  }

  write(text: string): void {
    if (this.beforeWrite !== undefined) this.beforeWrite(text);
    if (this.batch === undefined) this.file.write(text);
    else this.batch.add(this.file.prepare(text));
  }
}

export interface FileHandlerOptions extends Omit<StreamHandlerOptions, 'maxPendingBytes' | 'buffer'> {
  /**
   * `a` appends, `w` empties the file first, `x` fails if the file exists. `+` or `t` may follow. `r+` overwrites the file
   * from the beginning.
   * @defaultValue 'a'
   */
  readonly mode?: string;
  /** With `utf8-sig` and `utf16`, a byte order mark is written to an empty file first. @defaultValue 'utf8' */
  readonly encoding?: FileEncoding;
  /**
   * What to do with characters that the encoding does not have. `strict` reports the record and does not write it.
   * @defaultValue 'strict'; with utf8 and utf16 a lone surrogate becomes U+FFFD
   */
  readonly errors?: EncodingErrors;
  /** Open the file at the first record. @defaultValue false */
  readonly delay?: boolean;
  /**
   * Write in batches. A batch is written by size, by time, at close, and when the process ends or crashes. `turn` writes
   * all records of one turn of the event loop together at its end, so `kill -9` loses nothing of earlier turns.
   * @defaultValue off
   */
  readonly buffer?: FileBufferOptions | 'turn';
  /**
   * Permission bits of a new file, less the umask: a number, or a string of octal digits, for JSON configurations.
   * @defaultValue 0o640, since logs should not be readable by everybody
   */
  readonly fileMode?: number | string;
  /** Create the directory of the file, and its parents, when it is missing. @defaultValue false */
  readonly mkdir?: boolean;
}

const LOST = {
  removed: 'the file was removed, and what is written is lost',
  renamed: 'the file was renamed, and is still written to',
} as const;

const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants;
/** Without O_APPEND, a file would begin with NULs after copytruncate. `+` only opens for writing, since nothing is read. */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ['a', O_WRONLY | O_CREAT | O_APPEND],
  ['w', O_WRONLY | O_CREAT | O_TRUNC | O_APPEND],
  ['x', O_WRONLY | O_CREAT | O_EXCL | O_APPEND],
  ['a+', O_WRONLY | O_CREAT | O_APPEND],
  ['w+', O_WRONLY | O_CREAT | O_TRUNC | O_APPEND],
  ['x+', O_WRONLY | O_CREAT | O_EXCL | O_APPEND],
  ['r+', O_WRONLY],
]);

function flagsOf(mode: unknown): number | undefined {
  return typeof mode === 'string' ? FLAGS.get(mode.replace('t', '')) : undefined;
}

function permissionsOf(fileMode: unknown): number | undefined {
  const bits: unknown = typeof fileMode === 'string' ? octal(fileMode) : fileMode;
  return typeof bits === 'number' && Number.isInteger(bits) && bits >= 0 && bits <= 0o777 ? bits : undefined;
}

function octal(digits: string): number {
  return /^(0o?)?[0-7]+$/.test(digits) ? Number.parseInt(digits.replace(/^0o/, ''), 8) : Number.NaN;
}

/** The argument of every file handler. */
export const FILE_ARGUMENTS = {
  filename: accepting(
    'a string or a file URL',
    (value) => typeof value === 'string' || value instanceof URL,
    { required: true },
  ),
};

export const FILE_SPEC = {
  ...HANDLER_SPEC,
  terminator: STREAM_SPEC.terminator,
  mode: accepting(
    `one of ${[...FLAGS.keys()].join(', ')}`,
    (mode): mode is string => flagsOf(mode) !== undefined,
    { fallback: 'a', advice: 'text is written, so there is no mode with "b"' },
  ),
  encoding: ENCODING,
  errors: otherwise(ENCODING_ERRORS, "'strict', except for utf8 and utf16"),
  delay: boolean(false),
  buffer: FILE_BUFFER,
  fileMode: rule('permission bits from 0 to 0o777', permissionsOf, {
    fallback: '640',
    advice: "write 0o640 or '640'",
  }),
  mkdir: boolean(false),
} satisfies SpecOf<FileHandlerOptions>;

/**
 * Ports logging.FileHandler (CPython 3.14). The path is made absolute at construction. Directories are only created with
 * `mkdir`. The bytes are in the kernel when the log call returns, unless `buffer` is given. With 'turn', they are written
 * at the end of the turn of the event loop, or earlier when 64 KiB or 50 ms have been reached.
 *
 * Differs:
 * - The default encoding is UTF-8 in every locale. A lone surrogate is written as U+FFFD, not refused.
 * - If a full disk cuts a record, a newline is written before the next one. If other code closes the descriptor, the file
 *   is opened again.
 * - If no process reads a FIFO, the constructor throws; later opens report it. A write to a full FIFO or terminal waits,
 *   but all writes of a thread wait at most 5 s in any minute. After a wait without success, the handler does not wait
 *   again until the reader takes something. CPython blocks.
 * - With `delay`, an error of open goes to `handleError`, as in CPython 3.15. Errors of `close` go there, too. If a flush
 *   fails, the records stay in the buffer and are tried again, and this is reported.
 * - A new file gets the permission bits 0o640, not 0o666, less the umask.
 * - Binary modes and `r` are refused at construction. CPython fails at every record.
 * - If another program removes or renames the file, this is reported once, within a second if records are written. Text
 *   still goes to the removed or renamed file, as in CPython. Use WatchedFileHandler to follow the path.
 * - A closed handler opens the file for each record and closes it again. CPython leaves it open. After mode `w` and `w+`,
 *   such records are reported and not written. After mode `x`, they are appended.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is invalid, or if the file cannot be opened, with the
 * system's error as `cause`.
 * @example
 * logger.addHandler(new FileHandler('app.log', { formatter: new JsonFormatter(), buffer: {} }));
 */
export class FileHandler extends StreamHandler {
  readonly baseFilename: string;
  readonly mode: string;
  readonly encoding: string;
  readonly errors: EncodingErrors | undefined;
  readonly delay: boolean;
  protected readonly file: AppendFile;
  readonly #sink: FileSink;

  constructor(filename: string | URL, options: FileHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(FILE_SPEC, options, new.target);
    readValues(FILE_ARGUMENTS, { filename }, new.target);
    const path = resolve(filename instanceof URL ? fileURLToPath(filename) : filename);
    const { mode, encoding, errors, delay, fileMode, mkdir, buffer: limits } = settings;
    const file = new AppendFile(path, {
      flags: flagsOf(mode) ?? 0,
      encoding: textEncoding(encoding, errors),
      permissions: fileMode,
      mkdir,
    });
    const sink = new FileSink(file);
    const { buffer: _buffer, ...others } = { ...options };
    super(sink, others);
    this.baseFilename = path;
    this.mode = mode;
    this.encoding = encoding;
    this.errors = errors;
    this.delay = delay;
    this.file = file;
    this.#sink = sink;
    this.#watchPath(limits !== undefined);
    if (limits !== undefined) sink.batch = this.#makeBatch(limits);
    if (!delay) this.#openNow(owner);
  }

  override emit(record: LogRecord): void {
    if (this.closed) this.#emitClosed(record);
    else super.emit(record);
  }

  /** Writes the buffered records synchronously. */
  override flush(): void {
    this.#sink.batch?.flush();
  }

  /** At the end of the process: writes the buffered records. Later records are written at once. */
  override flushSync(): void {
    this.#endBatch();
  }

  override close(): void | Promise<void> {
    this.#endBatch();
    try {
      this.file.close();
    } catch (error) {
      this.reportLater(error);
    }
    return super.close();
  }

  override toString(): string {
    return `<${this.constructor.name} ${this.baseFilename} (${getLevelName(this.level)})>`;
  }

  override describe(): string {
    return `${this.constructor.name} ${this.baseFilename}`;
  }

  /** Bytes in the buffer. 0 without `buffer`. */
  protected get pendingBytes(): number {
    return this.#sink.batch?.size ?? 0;
  }

  /** Records in the buffer. 0 without `buffer`. */
  protected get pendingRecords(): number {
    return this.#sink.batch?.records ?? 0;
  }

  /** Registers `prepare`, which is called with each text before it is written. It may open another file. */
  protected beforeEachWrite(prepare: (text: string) => void): void {
    this.#sink.beforeWrite = prepare;
  }

  /** Registers `prepare`, which is called before the buffer is written. If it throws, the records stay in the buffer. */
  protected beforeEachFlush(prepare: () => void): void {
    this.#sink.beforeFlush = prepare;
  }

  /** A subclass that follows the path replaces these callbacks. */
  #watchPath(isBuffered: boolean): void {
    const onLost = (how: keyof typeof LOST): void =>
      diagnostics.report({
        source: this.describe(),
        what: `${LOST[how]}: to follow the path, use WatchedFileHandler`,
      });
    const lost = new LostFile(this.file, { clock: systemClock, onLost });
    if (isBuffered) this.beforeEachFlush(() => lost.look());
    else this.beforeEachWrite(() => lost.look());
  }

  #makeBatch(limits: BatchLimits): AppendBatch {
    return new AppendBatch(this.file, {
      ...limits,
      prepare: () => this.#sink.beforeFlush?.(),
      // Not handleError, since no record is lost.
      onKept: ({ message: what, cause: error }) =>
        diagnostics.report({ source: this.describe(), what, error }),
    });
  }

  #openNow(owner: string): void {
    try {
      this.file.open();
    } catch (error) {
      // The handler will never be used, so it must not keep its name or be flushed at exit.
      void super.close();
      const why = this.#reasonFor(error);
      throw new ConfigurationError(
        `${owner}: cannot open "${this.baseFilename}" with mode "${this.mode}": ${why}.`,
        {
          cause: error,
        },
      );
    }
  }

  #reasonFor(error: unknown): string {
    const stat =
      errorCode(error) === 'ENXIO' ? statSync(this.baseFilename, { throwIfNoEntry: false }) : undefined;
    if (stat?.isFIFO() === true)
      return 'it is a FIFO that no process reads; start its reader first, or give "delay: true"';
    if (stat?.isSocket() === true) return 'it is a socket; use SocketHandler or SysLogHandler';
    return error instanceof Error ? error.message : String(error);
  }

  #emitClosed(record: LogRecord): void {
    if (this.mode.startsWith('w'))
      throw new DeliveryError('the handler is closed, and mode "w" does not open the file again');
    super.emit(record);
    this.file.close();
  }

  #endBatch(): void {
    const batch = this.#sink.batch;
    this.#sink.batch = undefined;
    try {
      batch?.close();
    } catch (error) {
      this.reportLater(error);
    }
  }
}

describeHandler(FileHandler, FILE_SPEC, { module: 'logging', arguments: FILE_ARGUMENTS });
