/** Lets one process at a time rotate a file: a lock file beside it, made with O_EXCL. */
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { errorCode } from '../../internal/error-code';
import { mayRun, ownerText, parseOwner, thisProcess } from './lock-owner';

/** A lock whose holder cannot be asked (another host, or no text) is taken over after this long, in ms. */
const SILENT_LIMIT_MS = 60_000;

/** The number of a deleted file is given to the next one: only with its time it tells two apart. */
function identityOf({ ino, mtimeNs }: BigIntStats): string {
  return `${ino}:${mtimeNs}`;
}

/** Held for the moment of the renames only. */
export class RotationLock {
  readonly path: string;
  /** The lock file that we made. */
  #held: string | undefined;
  /** A lock of somebody who cannot be asked, and when we saw it first; not by its own time, clocks differ. */
  #silent: { readonly identity: string; readonly since: number } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** False when another process holds it. @throws the error of open(2) when no lock file can be made. */
  acquire(): boolean {
    if (this.#create()) return true;
    return this.#removeStale() && this.#create();
  }

  /** Leaves a lock alone that was taken over in the meantime. */
  release(): void {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined && identityOf(stat) === this.#held) unlinkSync(this.path);
    this.#held = undefined;
  }

  #create(): boolean {
    let fd: number;
    try {
      fd = openSync(this.path, 'wx', 0o644);
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
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return true;
    const identity = identityOf(stat);
    return this.#isStale(identity) && this.#remove(identity);
  }

  #isStale(identity: string): boolean {
    const owner = parseOwner(this.#text());
    if (owner !== undefined && !mayRun(owner)) return true;
    if (owner !== undefined && owner.host === thisProcess().host) return false;
    const now = performance.now();
    if (this.#silent?.identity !== identity) this.#silent = { identity, since: now };
    return now - this.#silent.since >= SILENT_LIMIT_MS;
  }

  #text(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch {
      // Released just now, or not ours to read.
      return '';
    }
  }

  /** Moved aside first: of two that find it stale one succeeds, and a lock made meanwhile is put back. */
  #remove(identity: string): boolean {
    const aside = `${this.path}.${process.pid}`;
    try {
      renameSync(this.path, aside);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true;
      throw error;
    }
    const isIt = identityOf(statSync(aside, { bigint: true })) === identity;
    if (!isIt) linkSync(aside, this.path);
    unlinkSync(aside);
    return isIt;
  }
}
