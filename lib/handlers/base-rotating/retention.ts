/** Deletes the backups that are too old, or too many bytes all together. */
import { lstatSync, unlinkSync } from 'node:fs';
import { ConfigurationError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import type { RotationLock } from './rotation-lock';

const DAY_MS = 86_400_000;
/** Without a rotation the backups are looked at when the first record comes, and then this often, in ms. */
const LOOK_INTERVAL_MS = 3_600_000;
/** Another process holds the lock: the next look comes after this long, in ms. */
const BUSY_MS = 1000;

/** 0 sets no limit. */
export interface RetentionOptions {
  readonly maxAgeDays: number;
  readonly maxTotalBytes: number;
}

/** Infinity where there is no limit. */
export interface RetentionLimits {
  readonly maxAgeMs: number;
  readonly maxTotalBytes: number;
}

interface BackupFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What else has the name of a backup, such as a directory or a link, is none. */
function fileAt(path: string): BackupFile | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? { path, size: stat.size, mtimeMs: stat.mtimeMs } : undefined;
}

/** @throws ConfigurationError if each file would be deleted as soon as it is full. */
export function checkTotal(
  owner: string,
  { maxBytes, maxTotalBytes }: { readonly maxBytes: number; readonly maxTotalBytes: number },
): void {
  if (maxTotalBytes === 0 || maxTotalBytes >= maxBytes) return;
  throw new ConfigurationError(
    `${owner}: "maxTotalBytes" must be at least "maxBytes" (${maxBytes}), got ${maxTotalBytes}: no full file would be kept.`,
  );
}

export function retentionLimits({ maxAgeDays, maxTotalBytes }: RetentionOptions): RetentionLimits {
  return {
    maxAgeMs: maxAgeDays === 0 ? Infinity : maxAgeDays * DAY_MS,
    maxTotalBytes: maxTotalBytes === 0 ? Infinity : maxTotalBytes,
  };
}

/** What a handler does for its retention. */
export interface RetentionWork {
  /** Held while files are deleted: another process may otherwise give their names to other files in between. */
  readonly lock: RotationLock;
  /** Paths of the backups that are to be deleted now. */
  readonly expiredPaths: () => readonly string[];
  readonly report: (what: string, error: unknown) => void;
}

/** Deletes the backups that a handler gives up. Never throws. */
export class Retention {
  /** Whether there is a limit of age or of size. */
  readonly isLimited: boolean;
  readonly #limits: RetentionLimits;
  readonly #work: RetentionWork;
  #lookedAt = Number.NaN;

  constructor(limits: RetentionLimits, work: RetentionWork) {
    this.#limits = limits;
    this.#work = work;
    this.isLimited = limits.maxAgeMs < Infinity || limits.maxTotalBytes < Infinity;
  }

  /**
   * Those of the backups that are to be deleted, the oldest first: the ones whose last record is too old, and of the
   * others as many as it takes until the rest has `maxTotalBytes` at most.
   *
   * @param paths - The oldest first.
   * @throws the error of lstat(2).
   */
  beyondLimits(paths: readonly string[], nowMs: number): string[] {
    const { maxAgeMs, maxTotalBytes } = this.#limits;
    if (!this.isLimited) return [];
    const files = paths.map((path) => fileAt(path)).filter((file) => file !== undefined);
    const isOld = ({ mtimeMs }: BackupFile): boolean => nowMs - mtimeMs > maxAgeMs;
    let total = files.reduce((sum, file) => (isOld(file) ? sum : sum + file.size), 0);
    const gone = files.filter((file) => {
      if (isOld(file)) return true;
      if (total <= maxTotalBytes) return false;
      total -= file.size;
      return true;
    });
    return gone.map(({ path }) => path);
  }

  /** To be called with the lock held. */
  deleteExpired(): void {
    for (const path of this.#expiredPaths()) {
      try {
        this.#work.lock.check();
        unlinkSync(path);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') this.#work.report(`"${path}" was not deleted`, error);
      }
    }
  }

  /** Deletes what has become too old since the last rotation; does nothing most of the time. */
  deleteInBetween(nowMs: number): void {
    // Either way: the clock may have been put back.
    if (Math.abs(nowMs - this.#lookedAt) < LOOK_INTERVAL_MS) return;
    const { lock, report } = this.#work;
    this.#lookedAt = nowMs;
    try {
      if (lock.acquire()) this.deleteExpired();
      else this.#lookedAt = nowMs - LOOK_INTERVAL_MS + BUSY_MS;
      lock.release();
    } catch (error) {
      report('old files were not looked for', error);
    }
  }

  #expiredPaths(): readonly string[] {
    try {
      return this.#work.expiredPaths();
    } catch (error) {
      this.#work.report('old files were not looked for', error);
      return [];
    }
  }
}
