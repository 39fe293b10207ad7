/** Appends to a file that another program rotates, and opens the new one when it does. */
import { CLOCK, type Clock } from '../internal/clock';
import { integer, readOptions, type SpecOf } from '../internal/options';
import { PathWatch } from './files/path-watch';
import { FileHandler, FILE_ARGUMENTS, FILE_SPEC, type FileHandlerOptions } from './file.handler';
import { describeHandler } from '../core/class-descriptions';

export interface WatchedFileHandlerOptions extends FileHandlerOptions {
  /**
   * Look at the path at most once in this many ms; 0 looks before every record, as Python does. What is written
   * between a rename and the next look is in the renamed file.
   * @defaultValue 0
   */
  readonly checkIntervalMs?: number;
  /** @defaultValue the system's clock */
  readonly clock?: Clock;
}

const WATCHED_FILE_SPEC = {
  ...FILE_SPEC,
  checkIntervalMs: integer(0, 0),
  clock: CLOCK,
} satisfies SpecOf<WatchedFileHandlerOptions>;

/**
 * Ports logging.handlers.WatchedFileHandler (CPython 3.14): for logrotate's `create` mode. With `copytruncate`
 * a FileHandler does as well, and what is written between copy and truncation is lost to both.
 *
 * Differs:
 * - The path is compared with the open file, not with the path before, so that no change is missed (gh-58837, gh-65941).
 * - When the new file cannot be opened, the renamed one is written to and that is reported; the record goes to
 *   `handleError` only when the old file is gone too. CPython raises in the code that logged (gh-135683).
 * - After mode `w` the file that somebody else has made is appended to, not emptied.
 * - It also works on Windows.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` as FileHandler, or if `checkIntervalMs` is negative.
 * @example
 * logger.addHandler(new WatchedFileHandler('/var/log/shop/app.log'));
 */
export class WatchedFileHandler extends FileHandler {
  readonly #watch: PathWatch;

  constructor(filename: string | URL, options: WatchedFileHandlerOptions = {}) {
    const { clock, checkIntervalMs } = readOptions(WATCHED_FILE_SPEC, options, new.target);
    super(filename, options);
    this.#watch = new PathWatch(this.file, {
      clock,
      intervalMs: checkIntervalMs,
      onKept: (error) => this.reportLater(error),
    });
    this.beforeEachWrite(() => this.reopenIfNeeded());
    this.beforeEachFlush(() => this.reopenIfNeeded());
  }

  /** Device of the open file, -1 until it is opened. */
  get dev(): number {
    return Number(this.file.identity?.dev ?? -1);
  }

  /** Inode of the open file, -1 until it is opened. */
  get ino(): number {
    return Number(this.file.identity?.ino ?? -1);
  }

  /**
   * Opens the path again if it no longer leads to the open file. Does nothing while no file is open.
   *
   * @throws the error of open(2) when neither the new file can be opened nor the old one be found any more.
   */
  reopenIfNeeded(): void {
    this.#watch.follow();
  }
}

describeHandler(WatchedFileHandler, WATCHED_FILE_SPEC, { arguments: FILE_ARGUMENTS });
