/** Keeps server and client on CPUs of their own, where `taskset` is installed: they are not moved about while they are measured. */
import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).error === undefined;

/** Program and arguments that run a command on one CPU. */
export function pinned(cpu, program, args) {
  return canPin ? ['taskset', ['-c', String(cpu), program, ...args]] : [program, args];
}

/** Moves the main thread of a process to one CPU; V8's own threads stay where they are. */
export function pin(cpu, pid) {
  if (canPin) execFileSync('taskset', ['-p', '-c', String(cpu), String(pid)], { stdio: 'ignore' });
}
