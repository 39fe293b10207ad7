/** Deletes the backups that are too old or whose total size is too large. */
import { lstatSync, unlinkSync } from 'node:fs';
import { ConfigurationError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import type { RotationLock } from './rotation-lock';

const DAY_MS = 86_400_000;
/** Without a rotation the backups are checked at the first record and then once in this many ms. */
const LOOK_INTERVAL_MS = 3_600_000;
/** When another process holds the lock, the next check comes after this many ms. */
const BUSY_MS = 1000;

/** 0 sets no limit. */
export interface RetentionOptions {
  readonly maxAgeDays: number;
  readonly maxTotalBytes: number;
}

/** Infinity means no limit. */
export interface RetentionLimits {
  readonly maxAgeMs: number;
  readonly maxTotalBytes: number;
}

interface BackupFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Undefined if there is no regular file: a directory or a link may have the name of a backup. */
function fileAt(path: string): BackupFile | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? { path, size: stat.size, mtimeMs: stat.mtimeMs } : undefined;
}

/** @throws ConfigurationError if the limits would delete every full file at once. */
export function checkTotal(
  owner: string,
  { maxBytes, maxTotalBytes }: { readonly maxBytes: number; readonly maxTotalBytes: number },
): void {
  if (maxTotalBytes === 0 || maxTotalBytes >= maxBytes) return;
  throw new ConfigurationError(
    `${owner}: "maxTotalBytes" must be at least "maxBytes" (${maxBytes}), got ${maxTotalBytes}: otherwise no full file is kept.`,
  );
}

export function retentionLimits({ maxAgeDays, maxTotalBytes }: RetentionOptions): RetentionLimits {
  return {
    maxAgeMs: maxAgeDays === 0 ? Infinity : maxAgeDays * DAY_MS,
    maxTotalBytes: maxTotalBytes === 0 ? Infinity : maxTotalBytes,
  };
}

/** What the retention needs from its handler. */
export interface RetentionWork {
  /** Held while files are deleted. Otherwise another process could give their names to other files in between. */
  readonly lock: RotationLock;
  /** Paths of the backups to delete now. */
  readonly expiredPaths: () => readonly string[];
  readonly report: (what: string, error: unknown) => void;
}

/** Deletes the expired backups of a handler. Never throws. */
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
   * The backups to delete, the oldest first: those whose last record is too old, then the oldest of the others until
   * the total size of the rest is at most `maxTotalBytes`.
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

  /** Call it while the lock is held. */
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

  /** Deletes backups that have expired since the last rotation. Does nothing most of the time. */
  deleteInBetween(nowMs: number): void {
    // The absolute value, since the clock may have been set back.
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
