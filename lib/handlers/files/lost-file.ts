/** Notices that an open file is no longer found at its path, for those who go on writing to it. */
import { fstatSync, statSync } from 'node:fs';
import type { AppendFile, FileIdentity } from './append-file';
import type { Clock } from '../../internal/clock';
import { PathWatch } from './path-watch';

/** Two system calls a second cost nothing beside those that write. */
const LOOK_INTERVAL_MS = 1000;

export interface LostFileOptions {
  readonly clock: Clock;
  /**
   * Told once for each time that the file has gone: `removed`, and nobody will read what is written to it, or `renamed`.
   */
  readonly onLost: (how: 'removed' | 'renamed') => void;
}

/** Looks once a second, when it is asked to; a file that was only cut is not lost. */
export class LostFile {
  readonly #file: AppendFile;
  readonly #options: LostFileOptions;
  readonly #watch: PathWatch;
  /** The open file that was told of. */
  #told: FileIdentity | undefined;
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
    if (how === undefined) this.#told = undefined;
    else if (this.#told !== this.#file.identity) {
      this.#told = this.#file.identity;
      this.#options.onLost(how);
    }
  }

  /** Undefined when the path leads to the file after all: some network file systems give it a new number now and then. */
  #fate(): 'removed' | 'renamed' | undefined {
    const { fd, path } = this.#file;
    if (fd === undefined) return undefined;
    try {
      const open = fstatSync(fd, { bigint: true });
      if (open.nlink === 0n) return 'removed';
      const there = statSync(path, { bigint: true, throwIfNoEntry: false });
      return there?.ino === open.ino && there.dev === open.dev ? undefined : 'renamed';
    } catch {
      // ENOTDIR: another file has the place of the directory. EBADF is told by the write.
      return 'renamed';
    }
  }
}
