/** Who holds a lock file, and whether that process still runs. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from '../../internal/error-code';

/** What a lock file says: host, process id, and when the process started, which tells it from a later one of that id. */
export interface LockOwner {
  readonly host: string;
  readonly pid: number;
  /** Clock ticks since boot; '-' where the system does not tell. */
  readonly started: string;
}

/** Field 22 of /proc/PID/stat; the fields before it are counted from the last bracket, for the name may hold any. */
function startOf(pid: number | 'self'): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    // No such process, or no /proc: the caller asks the system in another way.
    return '-';
  }
}

export function thisProcess(): LockOwner {
  return { host: hostname(), pid: process.pid, started: startOf('self') };
}

export function ownerText(owner: LockOwner): string {
  return `${owner.host} ${owner.pid} ${owner.started}\n`;
}

/** Undefined for text that no lock of ours has; one that is just being written is still empty. */
export function parseOwner(text: string): LockOwner | undefined {
  const [, host, pid, started] = /^(\S+) ([1-9]\d*) (\S+)\n$/.exec(text) ?? [];
  if (host === undefined || pid === undefined || started === undefined) return undefined;
  return { host, pid: Number(pid), started };
}

/** False only when it is certain: the process of another host may run. */
export function mayRun(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if (errorCode(error) === 'ESRCH') return false;
  }
  const started = startOf(owner.pid);
  return started === '-' || owner.started === '-' || started === owner.started;
}
