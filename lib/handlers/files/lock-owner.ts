/** Who holds a lock file, and whether that process still runs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from '../../internal/error-code';
import { processSpace } from '../../internal/process-space';

/** What a lock file says. */
export interface LockOwner {
  readonly host: string;
  readonly pid: number;
  /** When the process started, which tells it from a later one of that id: clock ticks since boot; '-' if unknown. */
  readonly started: string;
  /** See `processSpace`: two containers have the same process ids for different processes, and perhaps one host name. */
  readonly space: string;
}

/** False when /proc shows the processes of another namespace, to which our process ids mean nothing. */
function isProcOurs(): boolean {
  return readlinkSync('/proc/self') === String(process.pid);
}

/** Field 22 of /proc/PID/stat; the fields before it are counted from the last bracket, for the name may hold any. */
function startOf(pid: number): string {
  try {
    if (!isProcOurs()) return '-';
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    // No such process, or no /proc: the caller asks the system in another way.
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
