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
  readlinkSync,
  renameSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { hostname } from 'node:os';
import { DeliveryError } from '../../errors';
import { errorCode } from '../../internal/error-code';
import { processSpace } from '../../internal/process-space';

/** The content of a lock file. */
export interface LockOwner {
  readonly host: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, since ids are used again; '-' if unknown. */
  readonly started: string;
  /** See `processSpace`: two containers may have the same host name and the same process ids. */
  readonly space: string;
}

/** False when /proc shows another PID namespace, in which our process ids have no meaning. */
function isProcOurs(): boolean {
  return readlinkSync('/proc/self') === String(process.pid);
}

/** Field 22 of /proc/PID/stat. Fields are counted from the last bracket, since the process name may contain some. */
function startOf(pid: number): string {
  try {
    if (!isProcOurs()) return '-';
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    // No such process, or no /proc.
    return '-';
  }
}

export function thisProcess(): LockOwner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid), space: processSpace() };
}

export function ownerText({ host, pid, started, space }: LockOwner): string {
  return `${host} ${pid} ${started} ${space}\n`;
}

/** Undefined for text that no lock of ours has; one that is just being written is still empty. */
export function parseOwner(text: string): LockOwner | undefined {
  const [, host, pid, started, space] = /^(\S+) ([1-9]\d*) (\S+) (\S+)\n$/.exec(text) ?? [];
  if (host === undefined || pid === undefined || started === undefined || space === undefined)
    return undefined;
  return { host, pid: Number(pid), started, space };
}

/** Whether the system can be asked about a process of that host and space by its id. */
function canAsk({ host, space }: LockOwner): boolean {
  const isKnown = space !== '-' || process.platform !== 'linux';
  return isKnown && host === hostname() && space === processSpace();
}

/** Undefined when that cannot be asked: it is a process of another host or container. */
export function isRunning(owner: LockOwner): boolean | undefined {
  if (!canAsk(owner)) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (errorCode(error) === 'ESRCH') return false;
  }
  const started = startOf(owner.pid);
  return started === '-' || owner.started === '-' || started === owner.started;
}

const SUFFIX = '.lock';
/** A lock is held for a few renames only. After this many ms its owner has stopped, or the lock names a wrong process. */
const AGE_LIMIT_MS = 60_000;
/** Errors with which rotation is impossible: no descriptor for the new file, or no directory. */
const NO_ROTATION: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOENT', 'ENOTDIR']);
const { O_RDONLY } = constants;
/** Windows has neither flag. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;

/** A new file may get the inode number of a deleted one, so the modification time is needed too. */
function identityOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino}:${mtimeNs}`;
}

function look(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

/** Held only during the renames. */
export class RotationLock {
  readonly path: string;
  /** Identity of the lock file that we created. */
  #held: string | undefined;
  #missing: { readonly cause: unknown } | undefined;
  /** A lock of another process, and when we first saw it. */
  #seen: { readonly identity: string; readonly since: number } | undefined;

  /** @param path the path of the lock file: the log file's path and `.lock` */
  constructor(path: string) {
    this.path = path;
  }

  /** Why the current lock has no file, so that others may rotate at the same time. Undefined if it has one. */
  get missing(): { readonly cause: unknown } | undefined {
    return this.#missing;
  }

  /**
   * False when another process holds it. If no lock file can be created, it is acquired without one.
   *
   * @throws the error of open(2) if rotation is impossible anyway.
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

  /** Called before each move: a process that was suspended must not move files of others. @throws DeliveryError */
  check(): void {
    if (this.#held !== undefined && !this.#isOurs())
      throw new DeliveryError('another process has taken over the rotation');
  }

  /** Keeps a lock that another process has taken over. */
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
      // The disk is full. A lock without an owner works too, and rotation may free space.
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
    // Both times are of the file system's clock, which may differ from ours.
    const lastWrite = look(this.path.slice(0, -SUFFIX.length));
    if (lastWrite !== undefined && lastWrite.mtimeMs - stat.mtimeMs >= AGE_LIMIT_MS) return true;
    // The log file may be written rarely, so also measure the time since we first saw the lock.
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
      // Released just now, or without permission to read it.
      return '';
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Renames it first: if two processes find it stale, only one succeeds. A newer lock is put back. */
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
