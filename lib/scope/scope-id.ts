/** Numbers scopes, and tells those of several processes and threads apart. */
import { isMainThread, threadId } from 'node:worker_threads';
import { processSlot } from '../internal/process-slot';

const numbers = processSlot('scope-numbers', () => ({ last: 0 }));

export function nextScopeNumber(): number {
  return ++numbers.last;
}

/** Unique among the processes of a machine and their threads; made when asked for, as most scopes never are. */
export function scopeId(number: number): string {
  const parts = isMainThread ? [process.pid, number] : [process.pid, threadId, number];
  return parts.map((part) => part.toString(36)).join('-');
}
