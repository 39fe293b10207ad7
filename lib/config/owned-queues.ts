/** The queues that configurations have made, which are closed with their handlers; others belong to the program. */
import type { Handler } from '../core/handler';
import { processSlot } from '../internal/process-slot';
import type { LogQueue } from '../queues';

const owned = processSlot('owned-queues', () => new WeakMap<Handler, LogQueue>());

/** The queue ends with the handler. */
export function ownQueue(handler: Handler, queue: LogQueue): void {
  owned.set(handler, queue);
}

/** The queue that was made for the handler. */
export function ownedQueue(handler: Handler): LogQueue | undefined {
  return owned.get(handler);
}
