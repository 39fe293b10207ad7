/** Identifies this process: its name in a cluster, its host, and the kernel and container in which its id is valid. */
import type { Cluster } from 'node:cluster';
import { readFileSync, readlinkSync } from 'node:fs';
import { lazy } from './lazy';

const loadCrypto = lazy(() => require('node:crypto') as typeof import('node:crypto'));
const loadOs = lazy(() => require('node:os') as typeof import('node:os'));

export function hostName(): string {
  return loadOs().hostname();
}

/** The number of a namespace, such as `4026531836`. Empty if the kernel has no such namespace. */
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

/**
 * The boot id is needed, since the first PID namespace has the same number in every kernel. The time namespace shifts
 * the start times in /proc.
 */
function readSpace(): string {
  const [boot, pid] = [bootId(), namespace('pid')];
  return boot === '' || pid === '' ? '-' : `${boot}/${pid}/${namespace('time')}`;
}

let space: string | undefined;
let tag: string | undefined;

/**
 * Identifies the kernel and container in which process ids are valid. It is equal in two processes only if each can look up
 * the other by its id. `-` if the system does not tell. Then on Linux nothing is known; other systems have no namespaces.
 */
export function processSpace(): string {
  return (space ??= readSpace());
}

/** Hash of the host name and the space, 8 hexadecimal digits. Makes a process id unique in names and ids. */
export function spaceTag(): string {
  return (tag ??= loadCrypto()
    .createHash('sha256')
    .update(`${hostName()} ${processSpace()}`)
    .digest('hex')
    .slice(0, 8));
}

/**
 * The name of this process in a cluster. Node removes NODE_UNIQUE_ID from the environment of a worker before the
 * program runs,
 * so the `cluster` module is needed. It is only loaded in a child process.
 */
function processName(): string {
  if (process.channel === undefined) return 'MainProcess';
  const { worker } = process.getBuiltinModule('node:cluster') as unknown as Cluster;
  return worker === undefined ? 'MainProcess' : `Worker-${worker.id}`;
}

/** `Worker-1` in a cluster worker, else `MainProcess` as in Python. */
export const PROCESS_NAME = processName();
