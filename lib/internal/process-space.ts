/** Which processes a process id stands for: those of one running kernel and one container. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The number of a namespace, as `4026531836`; empty where the kernel has no such namespace. */
function namespace(kind: 'pid' | 'time'): string {
  try {
    // `pid:[4026531836]`: see namespaces(7).
    return /\d+/.exec(readlinkSync(`/proc/self/ns/${kind}`))?.[0] ?? '';
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** The first PID namespace of every kernel has the same number; the time namespace shifts the start times in /proc. */
function readSpace(): string {
  const [boot, pid] = [bootId(), namespace('pid')];
  return boot === '' || pid === '' ? '-' : `${boot}/${pid}/${namespace('time')}`;
}

let space: string | undefined;
let tag: string | undefined;

/**
 * Equal in two processes only if each can ask the system about the other by its process id. `-` where the system does not
 * tell: on Linux two processes need not know each other then, elsewhere there are no such spaces.
 */
export function processSpace(): string {
  return (space ??= readSpace());
}

/** Stands for the host name and the space in names and ids, where a process id would not do: 8 hexadecimal digits. */
export function spaceTag(): string {
  return (tag ??= createHash('sha256').update(`${hostname()} ${processSpace()}`).digest('hex').slice(0, 8));
}
