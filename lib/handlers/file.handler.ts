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

/** A file as the stream of a handler, written to synchronously: at once, or through a batch. */
export class FileSink {
  readonly file: AppendFile;
  /** Undefined when each record is written at once. */
  batch: AppendBatch | undefined;
  /** Called with each text before it is written: the moment to change the file. */
  beforeWrite: ((text: string) => void) | undefined;
  /** Called before what waits in the batch is written: the moment to follow a file that was moved. */
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
   * `a` appends, `w` empties the file first, `x` refuses an existing file; each also with `+` or `t`. `r+` overwrites
   * from the beginning.
   * @defaultValue 'a'
   */
  readonly mode?: string;
  /** `utf8-sig` and `utf16` begin an empty file with a byte order mark. @defaultValue 'utf8' */
  readonly encoding?: FileEncoding;
  /**
   * What to do with characters that the encoding cannot hold; `strict` reports the record and does not write it.
   * @defaultValue 'strict'; with utf8 and utf16 a lone surrogate becomes U+FFFD
   */
  readonly errors?: EncodingErrors;
  /** Open the file at the first record. @defaultValue false */
  readonly delay?: boolean;
  /**
   * Batched writing. Flushed by size, by time, at close and when the process ends or crashes. `turn` writes what is logged
   * in one turn of the event loop together, at its end: `kill -9` loses nothing of earlier turns.
   * @defaultValue off
   */
  readonly buffer?: FileBufferOptions | 'turn';
  /**
   * Permission bits of a new file, less the umask: a number, or its octal digits for configuration that is JSON.
   * @defaultValue 0o640: logs hold more than everybody should read
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
/** O_APPEND: after copytruncate, the file would begin with NULs. `+` opens for writing only, since nothing is read. */
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
 * Ports logging.FileHandler (CPython 3.14). The path is made absolute at construction; directories are not created unless
 * `mkdir` is given.
 * The bytes are in the kernel when the log call returns, unless `buffer` is given; with 'turn' at the end of the turn of the
 * event loop, and during a turn whenever 64 KiB wait, or lines have waited for 50 ms.
 *
 * Differs:
 * - The encoding is UTF-8 unless named, whatever the locale; a lone surrogate is written as U+FFFD, not refused.
 * - A record that a full disk cut short is ended before the next one is written; a descriptor that was closed behind the
 *   handler's back is opened again.
 * - A FIFO that nobody reads is refused at construction, and reported later; one that is full, or a terminal, is waited for
 *   1 s at most, and then not again until its reader takes something. CPython blocks.
 * - With `delay`, a failing open goes to `handleError`, as in CPython 3.15; so does whatever fails in `flush` and `close`.
 * - A new file gets the permission bits 0o640, not 0o666; the umask is taken off both.
 * - Binary modes and `r`, with which CPython fails at every record, are refused at construction.
 * - That another program has removed or renamed the file is reported, once and within a second of writing on. What is
 *   written goes where it goes in CPython: into the file without a name, or the renamed one. Use WatchedFileHandler.
 * - A closed handler opens the file for each record and closes it again; CPython leaves it open. After mode `w` and `w+`
 *   such records are reported and not written. After mode `x` they are appended.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is wrong, or if the file cannot be opened, with the
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

  /** Writes what waits, synchronously. */
  override flush(): void {
    this.#sink.batch?.flush();
  }

  /** At the end of the process: writes what waits; later records are written at once. */
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

  /** Bytes that wait to be written; 0 unless `buffer` is given. */
  protected get pendingBytes(): number {
    return this.#sink.batch?.size ?? 0;
  }

  /** Records that wait to be written; 0 unless `buffer` is given. */
  protected get pendingRecords(): number {
    return this.#sink.batch?.records ?? 0;
  }

  /** Has `prepare` called with each text before it is written to the file: a subclass may change the file then. */
  protected beforeEachWrite(prepare: (text: string) => void): void {
    this.#sink.beforeWrite = prepare;
  }

  /** Has `prepare` called before what waits in the buffer is written, which keeps waiting when it throws. */
  protected beforeEachFlush(prepare: () => void): void {
    this.#sink.beforeFlush = prepare;
  }

  /** A subclass that follows the path puts its own work in the place of this. */
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
      // No record is lost: this is nothing for handleError.
      onKept: ({ message: what, cause: error }) =>
        diagnostics.report({ source: this.describe(), what, error }),
    });
  }

  #openNow(owner: string): void {
    try {
      this.file.open();
    } catch (error) {
      // Never to be used: it must not hold its name, nor be flushed at exit.
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
