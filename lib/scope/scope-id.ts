/** Numbers scopes, and tells those of several processes and threads apart. */
import { isMainThread, threadId } from 'node:worker_threads';
import { spaceTag } from '../internal/process-space';
import { processSlot } from '../internal/process-slot';

const numbers = processSlot('scope-numbers', () => ({ last: 0 }));

export function nextScopeNumber(): number {
  return ++numbers.last;
}

/**
 * Unique among the processes of all machines and containers and their threads; made when asked for, as most scopes never
 * are. In most containers the process id is 1.
 */
export function scopeId(number: number): string {
  const parts = isMainThread ? [process.pid, number] : [process.pid, threadId, number];
  return [spaceTag(), ...parts.map((part) => part.toString(36))].join('-');
}
