/** Base of the handlers that rename their file and continue in a new one, without losing a record. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError } from '../errors';
import { DIRECTORY_MODE } from './files/append-file';
import { readOptions } from '../internal/options';
import type { Clock } from '../internal/clock';
import { lazy } from '../internal/lazy';
import { PathWatch, RotationError } from './files/path-watch';
import type { GzipBackups } from './files/gzip-backups';
import type { Retention } from './files/retention';
import type { RetryPause } from './files/rotation-due';
import {
  BASE_ROTATING_SPEC,
  type BaseRotatingHandlerOptions,
  type Namer,
  type Rotator,
} from './rotating-options';
import type { RotationLock } from './files/rotation-lock';
import { FileHandler } from './file.handler';

const loadRotation = lazy(() => require('./files/rotation') as typeof import('./files/rotation'));
const loadGzip = lazy(() => require('./files/gzip-backups') as typeof import('./files/gzip-backups'));

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Ports logging.handlers.BaseRotatingHandler (CPython 3.14). A subclass implements `shouldRollover` and `doRollover`.
 * `doRollover` calls `rollOver(moves)`, and `moves` renames the files with `rotate`.
 *
 * Differs:
 * - If a namer, rotator, rename or delete fails, the error goes to `handleError` and the record is written to the current
 *   file. The rotation is tried again after 0.1 s, 0.2 s … 30 s. CPython loses every record until it works again.
 * - Several processes may write to one file: each appends whole lines, one of them rotates the file and holds the lock
 *   file `app.log.lock` meanwhile, the others open the new file. Another process takes the lock over when its owner has
 *   ended, or after a minute. If no lock file can be created, the file is rotated without one, and this is reported.
 * - A rotator must not return a promise, because records written meanwhile would be lost.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` as FileHandler, or if an option is invalid.
 */
export abstract class BaseRotatingHandler extends FileHandler {
  namer: Namer | undefined;
  rotator: Rotator | undefined;
  protected readonly clock: Clock;
  protected readonly compress: 'gzip' | undefined;
  readonly #symlink: string | undefined;
  readonly #mkdir: boolean;
  readonly #lock: RotationLock;
  readonly #watch: PathWatch;
  readonly #pause: RetryPause;
  readonly #retention: Retention;
  readonly #gzip: GzipBackups | undefined;
  #record: LogRecord | undefined;

  constructor(filename: string | URL, options: BaseRotatingHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(BASE_ROTATING_SPEC, options, new.target);
    super(filename, options);
    const { namer, rotator, compress, checkIntervalMs } = settings;
    const { Retention, retentionLimits, RetryPause, RotationLock } = loadRotation();
    this.#pause = new RetryPause();
    // Only if given, since a subclass may define them as methods.
    if (namer !== undefined) this.namer = namer;
    if (rotator !== undefined) this.rotator = rotator;
    this.clock = settings.clock;
    this.compress = compress;
    this.#symlink = settings.symlink;
    this.#mkdir = settings.mkdir;
    this.#lock = new RotationLock(`${this.baseFilename}.lock`);
    this.#retention = new Retention(retentionLimits(settings), {
      lock: this.#lock,
      expiredPaths: () => this.expiredPaths(),
      report: (what, error) => this.reportRotation(what, error),
    });
    this.#watch = new PathWatch(this.file, {
      clock: this.clock,
      intervalMs: checkIntervalMs,
      onKept: (error) => this.reportLater(error),
    });
    if (compress === 'gzip') this.#gzip = this.#makeGzip(checkIntervalMs);
    this.beforeEachWrite((text) => this.#beforeWrite(text));
    this.beforeEachFlush(() => this.followPath());
    this.#makeLink(owner);
  }

  /** Whether to rotate the file before this record. `text` is the formatted record, if it is known already. */
  abstract shouldRollover(record: LogRecord, text?: string): boolean;

  /** Rotates now. @throws the error of the namer, the rotator or the file system. The handler continues to work. */
  abstract doRollover(): void;

  override emit(record: LogRecord): void {
    this.#record = record;
    try {
      super.emit(record);
    } finally {
      this.#record = undefined;
    }
  }

  /** Returns the name of a backup: the result of the namer for the plain name. */
  rotationFilename(defaultName: string): string {
    return typeof this.namer === 'function' ? this.namer(defaultName) : defaultName;
  }

  /** Moves `source` to `dest` with the rotator. Without one, renames `source` if it exists. */
  rotate(source: string, dest: string): void {
    this.checkTurn();
    if (this.#mkdir) mkdirSync(dirname(dest), { recursive: true, mode: DIRECTORY_MODE });
    if (typeof this.rotator !== 'function') {
      if (existsSync(source)) renameSync(source, dest);
      return;
    }
    // Python's rotators may expect that `dest` does not exist.
    rmSync(dest, { force: true });
    const result: unknown = this.rotator(source, dest);
    if (!(result instanceof Promise)) return;
    result.catch((error: unknown) =>
      this.reportLater(new RotationError('the rotator failed', { cause: error })),
    );
    throw new ConfigurationError(
      `${this.constructor.name}: "rotator" must have done its work when it returns, got a promise; use "compress".`,
    );
  }

  override handleError(record: LogRecord, error: unknown): void {
    if (!(error instanceof RotationError)) return super.handleError(record, error);
    this.#reportRotation(error);
  }

  /** Resolves when the backups have been compressed. */
  override close(): void | Promise<void> {
    const closed = super.close();
    const idle = this.#gzip?.idle;
    return idle === undefined ? closed : Promise.all([closed, idle]).then(() => undefined);
  }

  /**
   * Paths of the backups, the oldest first. `compress`, `maxAgeDays` and `maxTotalBytes` use them. Override this method in
   * your own subclass, so that its backups are compressed and deleted.
   */
  protected backupPaths(): readonly string[] {
    return [];
  }

  /** Whether `maxAgeDays` or `maxTotalBytes` is given. */
  protected get isLimited(): boolean {
    return this.#retention.isLimited;
  }

  /** Returns the paths that exceed `maxAgeDays` or `maxTotalBytes`. In `paths`, the oldest comes first. */
  protected beyondLimits(paths: readonly string[]): string[] {
    return this.#retention.beyondLimits(paths, this.clock.now());
  }

  /** Paths of the backups to delete now, the oldest first. */
  protected expiredPaths(): readonly string[] {
    return this.isLimited ? this.beyondLimits(this.backupPaths()) : [];
  }

  /** A subclass that moves files itself in `rollOver` must call this before each move. @throws if the lock was taken over. */
  protected checkTurn(): void {
    this.#lock.check();
  }

  /** Called when another process has created the open file, or may have done so. */
  protected onRotatedElsewhere(): void {}

  /**
   * Runs the moves of one rollover while no other process rotates, then opens the file at the path. Returns false without
   * running them if another process is rotating or has rotated the file, or if the buffered records cannot be written.
   */
  protected rollOver(moves: () => void): boolean {
    const { identity } = this.file;
    // Buffered records belong to the old file.
    this.flush();
    if (this.pendingRecords > 0) {
      this.#pause.failed(this.clock.now());
      return false;
    }
    if (!this.#lock.acquire()) {
      this.#pause.busy(this.clock.now());
      return false;
    }
    let elsewhere: boolean;
    try {
      elsewhere = this.file.identity !== identity || this.#watch.leadsElsewhere();
      if (!elsewhere) {
        moves();
        this.#retention.deleteExpired();
      }
    } finally {
      this.#lock.release();
    }
    const { missing } = this.#lock;
    if (missing !== undefined && !elsewhere)
      this.reportRotation('the file was rotated without a lock file', missing.cause);
    this.#openAnew();
    if (elsewhere) this.onRotatedElsewhere();
    this.#gzip?.start();
    return !elsewhere;
  }

  /** Rotates if `isTime` returns true. Errors are reported, and the rotation is tried again after a pause. */
  protected rollOverIf(isTime: () => boolean): void {
    try {
      if (!isTime() || !this.#pause.isOver(this.clock.now())) return;
      this.#pause.end();
      this.doRollover();
      // Another process was faster, or doRollover does not call rollOver().
      if (this.#openAnew()) this.onRotatedElsewhere();
      this.#pause.succeeded();
    } catch (error) {
      this.#pause.failed(this.clock.now());
      this.reportRotation('logging goes on in the same file', error);
    }
  }

  /** Reports a failure of the rotation, with the current record if there is one. */
  protected reportRotation(what: string, error: unknown): void {
    const failure = new RotationError(what, { cause: error });
    if (this.#record === undefined) this.reportLater(failure);
    else this.handleError(this.#record, failure);
  }

  /** Opens the new file if another process has moved or removed the old one. @throws if the record would be lost. */
  protected followPath(): void {
    if (!this.#watch.follow()) return;
    this.#updateLink();
    this.onRotatedElsewhere();
  }

  /** Compresses backups of an earlier process. Call it at the end of a constructor. */
  protected startCompressing(): void {
    this.#gzip?.start();
  }

  #beforeWrite(text: string): void {
    const record = this.#record;
    if (record === undefined) return;
    this.followPath();
    this.rollOverIf(() => this.shouldRollover(record, text));
    if (this.isLimited) this.#retention.deleteInBetween(this.clock.now());
  }

  /** Returns whether another file was opened. */
  #openAnew(): boolean {
    if (this.file.isOpen ? !this.#watch.leadsElsewhere() : this.delay || this.closed) return false;
    if (this.delay || this.closed) this.file.close();
    else if (this.file.isOpen) this.file.reopen();
    else this.file.open();
    this.#updateLink();
    return true;
  }

  #makeLink(owner: string): void {
    if (this.#symlink === undefined) return;
    try {
      loadRotation().pointLink(this.#symlink, this.baseFilename);
    } catch (error) {
      // Logging also works if the file system has no links or is full.
      if (!(error instanceof ConfigurationError))
        return this.#reportRotation(new RotationError('the link was not made', { cause: error }));
      // The handler will never be used.
      void super.close();
      throw new ConfigurationError(`${owner}: ${error.message}`, { cause: error });
    }
  }

  #updateLink(): void {
    if (this.#symlink === undefined) return;
    try {
      loadRotation().pointLink(this.#symlink, this.baseFilename);
    } catch (error) {
      this.reportRotation('the link was not made', error);
    }
  }

  #makeGzip(noticedWithinMs: number): GzipBackups {
    const { GZIP_SUFFIX } = loadRotation();
    return new (loadGzip().GzipBackups)({
      path: this.baseFilename,
      lock: this.#lock,
      noticedWithinMs,
      pending: () => this.backupPaths().filter((path) => !path.endsWith(GZIP_SUFFIX) && exists(path)),
      onError: (error) => this.reportRotation('a backup was not compressed', error),
    });
  }

  #reportRotation(error: RotationError): void {
    diagnostics.report({ source: this.describe(), what: 'the file was not rotated as it should be', error });
  }
}
