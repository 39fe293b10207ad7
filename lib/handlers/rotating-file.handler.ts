/** Appends to a file that is renamed before it exceeds a size. Keeps a number of old files. */
import { lstatSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describeHandler } from '../core/class-descriptions';
import type { LogRecord } from '../core/log-record';
import { integer, readOptions, type SpecOf } from '../internal/options';
import { BaseRotatingHandler } from './base-rotating.handler';
import { lazy } from '../internal/lazy';
import { BASE_ROTATING_SPEC, type BaseRotatingHandlerOptions } from './rotating-options';
import type { SlotUse } from './files/backup-slots';
import { FILE_ARGUMENTS } from './file.handler';

const loadRotation = lazy(() => require('./files/rotation') as typeof import('./files/rotation'));

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/**
 * Tells which paths exist. Reads one directory once, at construction, instead of each path. Paths in other directories are
 * read on each call.
 */
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

export interface RotatingFileHandlerOptions extends BaseRotatingHandlerOptions {
  /** The file stays smaller than this many bytes, unless one record is larger. 0 never rotates. @defaultValue 0 */
  readonly maxBytes?: number;
  /**
   * Number of old files to keep. `app.log.1` is the newest. With 0 the file is not rotated, unless `maxAgeDays` or
   * `maxTotalBytes` is given.
   * @defaultValue 0
   */
  readonly backupCount?: number;
}

const ROTATING_FILE_SPEC = {
  ...BASE_ROTATING_SPEC,
  maxBytes: integer(0, 0),
  backupCount: integer(0, 0),
} satisfies SpecOf<RotatingFileHandlerOptions>;

/**
 * Ports logging.handlers.RotatingFileHandler (CPython 3.14). Before a record with which the file would reach `maxBytes`,
 * `app.log` is renamed to `app.log.1`, `app.log.1` to `app.log.2`, and so on up to `backupCount`. With `maxBytes`, the mode
 * is always `a`.
 *
 * Differs:
 * - Sizes are the written bytes, including the terminator. CPython adds up bytes and characters, with one newline.
 * - If a rotation fails, no record is lost. Several processes may share the file: see BaseRotatingHandler. Then the file may
 *   exceed `maxBytes` by what the others write within `checkIntervalMs`.
 * - If a directory has the name of a backup, that name is skipped. CPython moves the directory, and loses every record if it
 *   cannot.
 * - Negative numbers are refused. CPython treats them as 0.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` as FileHandler, if `maxBytes` or `backupCount` is not a non-negative
 * integer, or if `maxTotalBytes` is less than `maxBytes`.
 * @example
 * logger.addHandler(new RotatingFileHandler('app.log', { maxBytes: 10_000_000, backupCount: 5, compress: 'gzip' }));
 */
export class RotatingFileHandler extends BaseRotatingHandler {
  maxBytes: number;
  backupCount: number;
  /** True if a rotation failed after the backups were renamed. They must not be renamed again. */
  #hasShifted = false;

  constructor(filename: string | URL, options: RotatingFileHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(ROTATING_FILE_SPEC, options, new.target);
    loadRotation().checkTotal(owner, settings);
    super(filename, settings.maxBytes > 0 ? { ...options, mode: 'a' } : options);
    this.maxBytes = settings.maxBytes;
    this.backupCount = settings.backupCount;
    this.startCompressing();
  }

  override shouldRollover(record: LogRecord, text = this.format(record) + this.terminator): boolean {
    if (this.maxBytes <= 0 || !this.#keepsBackups) return false;
    return loadRotation().isFullFor(text, {
      file: this.file,
      pendingBytes: this.pendingBytes,
      maxBytes: this.maxBytes,
    });
  }

  override doRollover(): void {
    this.rollOver(() => {
      if (this.#keepsBackups) this.#moveAway();
    });
  }

  protected override backupPaths(): readonly string[] {
    const files = new PresentFiles(dirname(this.baseFilename));
    const inUse = loadRotation().slotsInUse(this.backupCount, this.#useOf(files));
    return inUse
      .toReversed()
      .flatMap((slot) => this.#suffixes.map((suffix) => this.#backup(slot) + suffix))
      .filter((path) => files.has(path));
  }

  get #keepsBackups(): boolean {
    return this.backupCount > 0 || this.isLimited;
  }

  /** The suffixes that a backup may have. */
  get #suffixes(): readonly string[] {
    return this.compress === undefined ? [''] : ['', loadRotation().GZIP_SUFFIX];
  }

  #backup(slot: number): string {
    return this.rotationFilename(`${this.baseFilename}.${slot}`);
  }

  #useOf(files: PresentFiles): SlotUse {
    return {
      isTaken: (slot) => files.isDirectory(this.#backup(slot)),
      isUsed: (slot) => this.#suffixes.some((suffix) => files.has(this.#backup(slot) + suffix)),
    };
  }

  /** The numbers of the backups after the rotation. Without `backupCount`, one more than there are backups now. */
  #slots(files: PresentFiles): number[] {
    const { backupSlots, slotsInUse } = loadRotation();
    const use = this.#useOf(files);
    const count = this.backupCount > 0 ? this.backupCount : slotsInUse(0, use).length + 1;
    return backupSlots(count, use.isTaken);
  }

  #moveAway(): void {
    const { GZIP_SUFFIX, shifts } = loadRotation();
    const files = new PresentFiles(dirname(this.baseFilename));
    const slots = this.#slots(files);
    const newest = this.#backup(slots[0] ?? 1);
    // Another process may have rotated in the meantime.
    if (!this.#hasShifted || files.has(newest) || files.has(newest + GZIP_SUFFIX)) {
      for (const { from, to } of shifts(slots))
        this.#shift(files, { from: this.#backup(from), to: this.#backup(to) });
    }
    this.#hasShifted = true;
    this.checkTurn();
    if (this.compress !== undefined) rmSync(newest + GZIP_SUFFIX, { force: true });
    this.rotate(this.baseFilename, newest);
    this.#hasShifted = false;
  }

  /** Renames a backup and its `.gz` file together, so that a backup being compressed can be found again. */
  #shift(files: PresentFiles, { from, to }: { readonly from: string; readonly to: string }): void {
    const present = this.#suffixes.filter((suffix) => files.has(from + suffix));
    if (present.length === 0 || from === to) return;
    this.checkTurn();
    for (const suffix of this.#suffixes) rmSync(to + suffix, { force: true });
    for (const suffix of present) renameSync(from + suffix, to + suffix);
  }
}

describeHandler(RotatingFileHandler, ROTATING_FILE_SPEC, {
  arguments: FILE_ARGUMENTS,
  together: (owner, settings) => loadRotation().checkTotal(owner, settings),
});
