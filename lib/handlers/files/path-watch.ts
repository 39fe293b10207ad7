/** Notices that the path of an open file leads to another file: a program has renamed, removed or replaced it. */
import { fstatSync, statSync } from 'node:fs';
import { DeliveryError } from '../../errors';
import type { Clock } from '../../internal/clock';
import { errorCode } from '../../internal/error-code';
import type { AppendFile, FileIdentity } from './append-file';

/** A rotation failed. `handleError` gets it; `cause` is the error of the file system, the namer or the rotator. */
export class RotationError extends DeliveryError {}

/** A failure to open the new file is reported once in this many ms. Opening is tried again at each check. */
const REPORT_INTERVAL_MS = 10_000;
const QUIETLY = { throwIfNoEntry: false } as const;
const QUIETLY_EXACT = { bigint: true, throwIfNoEntry: false } as const;

export interface PathWatchOptions {
  readonly clock: Clock;
  /** Check at most once in this many ms; 0 checks every time. */
  readonly intervalMs: number;
  /** Called once in a while when the new file cannot be opened and the old one is still written to. */
  readonly onKept: (error: RotationError) => void;
}

/** Compares the open file with the file at its path, so that no change between two checks is missed. */
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
   * Opens the path again when it leads to another file. If that fails, the old file is used as long as it has a name.
   *
   * @returns whether another file is open now.
   * @throws the error of open(2) when text written to the old file would be lost.
   */
  follow(): boolean {
    if (!this.#isDue() || !this.leadsElsewhere()) return false;
    try {
      this.#file.reopen();
    } catch (error) {
      this.#lookedAt = Number.NaN;
      if (!this.#file.hasName()) throw error;
      this.#reportKept(new RotationError('the new file cannot be opened', { cause: error }));
      return false;
    }
    return true;
  }

  /** Checks now. False while the file is closed, and when the path cannot be read. */
  leadsElsewhere(): boolean {
    const identity = this.#file.identity;
    if (identity === undefined) return false;
    if (identity !== this.#identity) this.#remember(identity);
    try {
      return this.#isExact ? this.#differs() : this.#differsExactly(identity);
    } catch (error) {
      // A directory of the path was replaced by a file. Without permission to read it, the open file stays in use.
      return errorCode(error) === 'ENOTDIR';
    }
  }

  #remember(identity: FileIdentity): void {
    this.#identity = identity;
    this.#dev = Number(identity.dev);
    this.#ino = Number(identity.ino);
    this.#isExact = identity.ino <= Number.MAX_SAFE_INTEGER && identity.dev <= Number.MAX_SAFE_INTEGER;
  }

  /** Half the cost of BigInts, and exact on nearly every file system. */
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

  #reportKept(error: RotationError): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - this.#reportedAt) < REPORT_INTERVAL_MS) return;
    this.#reportedAt = now;
    this.#options.onKept(error);
  }
}

/** Two system calls a second cost little compared to the writes. */
const LOOK_INTERVAL_MS = 1000;

export interface LostFileOptions {
  readonly clock: Clock;
  /**
   * Called once each time the file disappears from its path: `removed` (text written to it is lost) or `renamed`.
   */
  readonly onLost: (how: 'removed' | 'renamed') => void;
}

/** Checks at most once a second. A file that was only truncated is not lost. */
export class LostFile {
  readonly #file: AppendFile;
  readonly #options: LostFileOptions;
  readonly #watch: PathWatch;
  /** The open file that was reported. */
  #reported: FileIdentity | undefined;
  #lookedAt = Number.NaN;

  constructor(file: AppendFile, options: LostFileOptions) {
    this.#file = file;
    this.#options = options;
    this.#watch = new PathWatch(file, { clock: options.clock, intervalMs: 0, onKept: () => undefined });
  }

  /** Never throws. */
  look(): void {
    const now = this.#options.clock.now();
    if (now >= this.#lookedAt && now - this.#lookedAt < LOOK_INTERVAL_MS) return;
    this.#lookedAt = now;
    if (!this.#file.isRegular) return;
    const how = this.#watch.leadsElsewhere() ? this.#fate() : undefined;
    if (how === undefined) this.#reported = undefined;
    else if (this.#reported !== this.#file.identity) {
      this.#reported = this.#file.identity;
      this.#options.onLost(how);
    }
  }

  /** Undefined when the path does lead to the file: some network file systems change its inode number now and then. */
  #fate(): 'removed' | 'renamed' | undefined {
    const { fd, path } = this.#file;
    if (fd === undefined) return undefined;
    try {
      const open = fstatSync(fd, { bigint: true });
      if (open.nlink === 0n) return 'removed';
      const there = statSync(path, { bigint: true, throwIfNoEntry: false });
      return there?.ino === open.ino && there.dev === open.dev ? undefined : 'renamed';
    } catch {
      // ENOTDIR: a file has replaced the directory. EBADF is reported by the next write.
      return 'renamed';
    }
  }
}
