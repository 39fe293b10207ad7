/** Appends to a file that is moved away before it grows beyond a size; so many old ones are kept. */
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogRecord } from '../core/log-record';
import { checkInteger } from '../internal/check-number';
import { GZIP_SUFFIX } from './base-rotating/gzip-backups';
import { BaseRotatingHandler, type BaseRotatingHandlerOptions } from './base-rotating.handler';
import { backupSlots, shifts } from './rotating-file/backup-slots';
import { PresentFiles } from './rotating-file/present-files';
import { reachesLimit } from './rotating-file/reaches-limit';

export interface RotatingFileHandlerOptions extends BaseRotatingHandlerOptions {
  /** Bytes that the file stays below, unless one record is larger; 0 never rotates. @defaultValue 0 */
  readonly maxBytes?: number;
  /** Old files to keep, `app.log.1` the newest; with 0 the file is not rotated. @defaultValue 0 */
  readonly backupCount?: number;
}

const DEFAULTS = { maxBytes: 0, backupCount: 0 } as const satisfies RotatingFileHandlerOptions;

/**
 * Ports logging.handlers.RotatingFileHandler (CPython 3.14): before the record that would bring the file to `maxBytes`,
 * `app.log` becomes `app.log.1`, that becomes `app.log.2`, and so on up to `backupCount`. With `maxBytes` the mode is `a`.
 *
 * Differs:
 * - Sizes are bytes as written, the terminator included; CPython compares bytes with characters and one newline.
 * - A failing rotation loses no record, and several processes may share the file: see BaseRotatingHandler.
 *   With several, the file may exceed `maxBytes` by what the others write within `checkIntervalMs`.
 * - A directory that has the name of a backup is stepped over; CPython moves it, and loses every record when it cannot.
 * - Negative numbers are refused; CPython takes them for 0.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` as FileHandler, or if `maxBytes` or `backupCount` is not a non-negative
 * integer.
 * @example
 * logger.addHandler(new RotatingFileHandler('app.log', { maxBytes: 10_000_000, backupCount: 5, compress: 'gzip' }));
 */
export class RotatingFileHandler extends BaseRotatingHandler {
  maxBytes: number;
  backupCount: number;
  /** A rotation failed after the backups had moved: they must not move again. */
  #hasShifted = false;

  constructor(filename: string | URL, options: RotatingFileHandlerOptions = {}) {
    const owner = new.target.name;
    const maxBytes = checkInteger(owner, 'maxBytes', {
      value: options.maxBytes ?? DEFAULTS.maxBytes,
      least: 0,
    });
    const backupCount = checkInteger(owner, 'backupCount', {
      value: options.backupCount ?? DEFAULTS.backupCount,
      least: 0,
    });
    super(filename, maxBytes > 0 ? { ...options, mode: 'a' } : options);
    this.maxBytes = maxBytes;
    this.backupCount = backupCount;
    this.startCompressing();
  }

  override shouldRollover(record: LogRecord, text = this.format(record) + this.terminator): boolean {
    if (this.maxBytes <= 0 || this.backupCount <= 0) return false;
    this.file.open();
    const size = this.file.size + this.pendingBytes;
    // An empty file is never moved away: one record may be larger than the limit.
    return size > 0 && this.file.isRegular && this.#reaches(text, size);
  }

  override doRollover(): void {
    this.rollOver(() => {
      if (this.backupCount > 0) this.#moveAway();
    });
  }

  protected override backupPaths(): readonly string[] {
    const files = new PresentFiles(dirname(this.baseFilename));
    const slots = this.#slots((path) => files.isDirectory(path));
    return slots.map((slot) => this.#backup(slot)).filter((path) => files.has(path));
  }

  #reaches(text: string, size: number): boolean {
    const { encoding } = this.file;
    try {
      return reachesLimit(text, { size, limit: this.maxBytes, encoding });
    } catch {
      // It cannot be encoded: writing it fails in the same way, and that is reported.
      return false;
    }
  }

  #backup(slot: number): string {
    return this.rotationFilename(`${this.baseFilename}.${slot}`);
  }

  #slots(isDirectory: (path: string) => boolean): number[] {
    return backupSlots(this.backupCount, (slot) => isDirectory(this.#backup(slot)));
  }

  #moveAway(): void {
    const files = new PresentFiles(dirname(this.baseFilename));
    const slots = this.#slots((path) => files.isDirectory(path));
    const newest = this.#backup(slots[0] ?? 1);
    // Another process may have rotated since.
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

  /** Both forms of a backup move together, so that one being compressed can be found again. */
  #shift(files: PresentFiles, { from, to }: { readonly from: string; readonly to: string }): void {
    const suffixes = this.compress === undefined ? [''] : ['', GZIP_SUFFIX];
    const present = suffixes.filter((suffix) => files.has(from + suffix));
    if (present.length === 0 || from === to) return;
    this.checkTurn();
    for (const suffix of suffixes) rmSync(to + suffix, { force: true });
    for (const suffix of present) renameSync(from + suffix, to + suffix);
  }
}
