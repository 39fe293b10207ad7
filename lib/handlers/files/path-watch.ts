/** Notices that the path of an open file leads elsewhere: another program has renamed, removed or replaced the file. */
import { statSync } from 'node:fs';
import type { AppendFile, FileIdentity } from './append-file';
import type { Clock } from '../../internal/clock';
import { errorCode } from '../../internal/error-code';

/** Opening again has failed: it is reported once in this many ms, and tried with each look. */
const REPORT_INTERVAL_MS = 10_000;
const QUIETLY = { throwIfNoEntry: false } as const;
const QUIETLY_EXACT = { bigint: true, throwIfNoEntry: false } as const;

export interface PathWatchOptions {
  readonly clock: Clock;
  /** Look at most once in this many ms; 0 looks every time. */
  readonly intervalMs: number;
  /** Told once in a while that the new file cannot be opened and the renamed one is still written to. */
  readonly onKept: (error: unknown) => void;
}

/** Compares the open file with its path, never the path with what it was before: no change falls between two looks. */
export class PathWatch {
  readonly #file: AppendFile;
  readonly #options: PathWatchOptions;
  #identity: FileIdentity | undefined;
  #dev = Number.NaN;
  #ino = Number.NaN;
  #isExact = false;
  #lookedAt = Number.NaN;
  #reportedAt = Number.NaN;

  constructor(file: AppendFile, options: PathWatchOptions) {
    this.#file = file;
    this.#options = options;
  }

  /**
   * Opens the path again when it leads elsewhere. When that fails, the old file is written to as long as it has a name.
   *
   * @returns whether another file is open now.
   * @throws the error of open(2) when what is written to the old file would be lost.
   */
  follow(): boolean {
    if (!this.#isDue() || !this.leadsElsewhere()) return false;
    try {
      this.#file.reopen();
    } catch (error) {
      this.#lookedAt = Number.NaN;
      if (!this.#file.hasName()) throw error;
      this.#reportKept(error);
      return false;
    }
    return true;
  }

  /** Looks now. False while the file is closed, and when the path cannot be looked at. */
  leadsElsewhere(): boolean {
    const identity = this.#file.identity;
    if (identity === undefined) return false;
    if (identity !== this.#identity) this.#remember(identity);
    try {
      return this.#isExact ? this.#differs() : this.#differsExactly(identity);
    } catch (error) {
      // A directory on the way is gone. If it may not be entered, then the open file is all there is.
      return errorCode(error) === 'ENOTDIR';
    }
  }

  #remember(identity: FileIdentity): void {
    this.#identity = identity;
    this.#dev = Number(identity.dev);
    this.#ino = Number(identity.ino);
    this.#isExact = identity.ino <= Number.MAX_SAFE_INTEGER && identity.dev <= Number.MAX_SAFE_INTEGER;
  }

  /** Twice as cheap as with BigInts, and exact on nearly every file system. */
  #differs(): boolean {
    const stat = statSync(this.#file.path, QUIETLY);
    if (stat === undefined || stat.ino !== this.#ino || stat.dev !== this.#dev) return true;
    this.#file.noteSize(stat.size);
    return false;
  }

  #differsExactly({ dev, ino }: FileIdentity): boolean {
    const stat = statSync(this.#file.path, QUIETLY_EXACT);
    if (stat === undefined || stat.ino !== ino || stat.dev !== dev) return true;
    this.#file.noteSize(Number(stat.size));
    return false;
  }

  #isDue(): boolean {
    const { clock, intervalMs } = this.#options;
    if (intervalMs === 0) return true;
    const now = clock.now();
    if (now >= this.#lookedAt && now - this.#lookedAt < intervalMs) return false;
    this.#lookedAt = now;
    return true;
  }

  #reportKept(error: unknown): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#reportedAt) < REPORT_INTERVAL_MS) return;
    this.#reportedAt = now;
    this.#options.onKept(error);
  }
}
