/** Lets one process at a time rotate a file: a lock file beside it, made with O_EXCL. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { DeliveryError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import { isRunning, ownerText, parseOwner, thisProcess } from './lock-owner';

const SUFFIX = '.lock';
/** A lock is held for a few renames: after this long its holder is stopped, or the lock names the wrong process. In ms. */
const AGE_LIMIT_MS = 60_000;
/** Without descriptors the new file cannot be opened, and without a directory there is nothing to rotate. */
const NO_ROTATION: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOENT', 'ENOTDIR']);
const { O_RDONLY } = constants;
/** Windows has neither flag. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

/** The number of a deleted file is given to the next one: only with its time it tells two apart. */
function identityOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino}:${mtimeNs}`;
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Held for the moment of the renames only. */
export class RotationLock {
  readonly path: string;
  /** The lock file that we made. */
  #held: string | undefined;
  #missing: { readonly cause: unknown } | undefined;
  /** A lock of somebody else, and when we saw it first. */
  #seen: { readonly identity: string; readonly since: number } | undefined;

  /** @param path the path of the lock file: the log file's path and `.lock` */
  constructor(path: string) {
    this.path = path;
  }

  /** Why the lock that was acquired last has no file: others may rotate at the same time. Undefined when it has one. */
  get missing(): { readonly cause: unknown } | undefined {
    return this.#missing;
  }

  /**
   * False when another process holds it. Where no lock file can be made it is acquired without one.
   *
   * @throws the error of open(2) when the file could not be rotated in any case.
   */
  acquire(): boolean {
    this.#missing = undefined;
    try {
      return this.#create() || (this.#removeStale() && this.#create());
    } catch (cause) {
      if (NO_ROTATION.has(errorCode(cause))) throw cause;
      this.#missing = { cause };
      return true;
    }
  }

  /** Before each move: a holder that was stopped for long must not move what others have made since. @throws DeliveryError */
  check(): void {
    if (this.#held !== undefined && !this.#isOurs())
      throw new DeliveryError('another process has taken over the rotation');
  }

  /** Leaves a lock alone that was taken over in the meantime. */
  release(): void {
    if (this.#held !== undefined && this.#isOurs()) unlinkSync(this.path);
    this.#held = undefined;
  }

  #isOurs(): boolean {
    const stat = look(this.path);
    return stat !== undefined && identityOf(stat) === this.#held;
  }

  #create(): boolean {
    let fd: number;
    try {
      fd = openSync(this.path, 'wx', 0o640);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      writeSync(fd, ownerText(thisProcess()));
    } catch {
      // The disk is full: a lock without an owner holds as well, and rotation may free what is needed.
    }
    this.#held = identityOf(fstatSync(fd, { bigint: true }));
    closeSync(fd);
    return true;
  }

  #removeStale(): boolean {
    const stat = look(this.path);
    if (stat === undefined) return true;
    if (!stat.isFile()) throw new DeliveryError(`"${this.path}" is not a file; remove it`);
    return this.#isStale(stat) && this.#remove(identityOf(stat));
  }

  #isStale(stat: BigIntStats): boolean {
    const owner = parseOwner(this.#text());
    if (owner !== undefined && isRunning(owner) === false) return true;
    // Both times are of the file system's clock, which need not agree with ours.
    const lastWrite = look(this.path.slice(0, -SUFFIX.length));
    if (lastWrite !== undefined && lastWrite.mtimeMs - stat.mtimeMs >= AGE_LIMIT_MS) return true;
    // The file may be written to rarely: by our own clock since we saw the lock first.
    const identity = identityOf(stat);
    const now = performance.now();
    if (this.#seen?.identity !== identity) this.#seen = { identity, since: now };
    return now - this.#seen.since >= AGE_LIMIT_MS;
  }

  #text(): string {
    let fd: number | undefined;
    try {
      fd = openSync(this.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
      return readFileSync(fd, 'utf8');
    } catch {
      // Released just now, or not ours to read.
      return '';
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Moved aside first: of two that find it stale one succeeds, and a lock made meanwhile is put back. */
  #remove(identity: string): boolean {
    const aside = `${this.path}.${randomUUID()}`;
    try {
      renameSync(this.path, aside);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true;
      throw error;
    }
    const stat = look(aside);
    const isIt = stat !== undefined && identityOf(stat) === identity;
    try {
      if (!isIt) linkSync(aside, this.path);
    } finally {
      unlinkSync(aside);
    }
    return isIt;
  }
}
