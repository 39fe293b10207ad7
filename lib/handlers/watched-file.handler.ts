/** Appends to a file that another program rotates, and then opens the new file. */
import { CLOCK, type Clock } from '../internal/clock';
import { integer, readOptions, type SpecOf } from '../internal/options';
import { PathWatch } from './files/path-watch';
import { FileHandler, FILE_ARGUMENTS, FILE_SPEC, type FileHandlerOptions } from './file.handler';
import { describeHandler } from '../core/class-descriptions';

export interface WatchedFileHandlerOptions extends FileHandlerOptions {
  /**
   * Check the path at most once in this many ms. 0 checks before every record, as in Python. Records written between a
   * rename and the next check are in the renamed file.
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
 * Ports logging.handlers.WatchedFileHandler (CPython 3.14). Use it with logrotate's `create` mode. With `copytruncate`, a
 * FileHandler is enough, and both lose the records written between copy and truncation.
 *
 * Differs:
 * - The path is compared with the open file, not with an earlier result, so no change is missed (gh-58837, gh-65941).
 * - If the new file cannot be opened, the handler writes to the renamed file and reports this. The record only goes to
 *   `handleError` if the old file was removed too. CPython raises the error in the log call (gh-135683).
 * - With mode `w`, a new file at the path is appended to, not emptied.
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

  /** Device of the open file. -1 while no file is open. */
  get dev(): number {
    return Number(this.file.identity?.dev ?? -1);
  }

  /** Inode of the open file. -1 while no file is open. */
  get ino(): number {
    return Number(this.file.identity?.ino ?? -1);
  }

  /**
   * Opens the path again if it no longer leads to the open file. Does nothing while no file is open.
   *
   * @throws the error of open(2) if the new file cannot be opened and the old one was removed.
   */
  reopenIfNeeded(): void {
    this.#watch.follow();
  }
}

describeHandler(WatchedFileHandler, WATCHED_FILE_SPEC, { arguments: FILE_ARGUMENTS });
