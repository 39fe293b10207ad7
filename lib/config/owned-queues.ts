/** The queues that configurations have made, which are closed with their handlers; others belong to the program. */
import type { Handler } from '../core/handler';
import { globalState } from '../internal/global-state';
import type { LogQueue } from '../queues';

/** By the handler's number: a container may hand out a wrapper in its place. */
const owned = globalState('owned-queues', () => new Map<Handler['id'], LogQueue>());

/** The queue is to end with the handler. */
export function ownQueue(handler: Handler, queue: LogQueue): void {
  owned.set(handler.id, queue);
}

/** The queue that was made for the handler, for whoever ends it: asked again, there is none. */
export function releaseQueue(handler: Handler): LogQueue | undefined {
  const queue = owned.get(handler.id);
  owned.delete(handler.id);
  return queue;
}
