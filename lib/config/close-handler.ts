/** Closes a handler where nobody waits for it, with the queue that was made for it. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { QueueHandler } from '../handlers';
import { globalState } from '../internal/global-state';
import type { LogQueue } from '../queues';

/** By the id of the handler: a container may return a wrapper of the handler. */
const owned = globalState('owned-queues', () => new Map<Handler['id'], LogQueue>());

/** Lets the queue be closed together with the handler. */
export function ownQueue(handler: Handler, queue: LogQueue): void {
  owned.set(handler.id, queue);
}

/** Returns the queue that was made for the handler, so that the caller closes it. A second call returns undefined. */
export function releaseQueue(handler: Handler): LogQueue | undefined {
  const queue = owned.get(handler.id);
  owned.delete(handler.id);
  return queue;
}

/**
 * Closes what can be closed synchronously, and reports promises that reject. A listener handles the records at hand and
 * stops. A queue that was made for the handler is closed after the handler has flushed into it.
 */
export function closeInBackground(handler: Handler): void {
  const report = (error: unknown): void =>
    diagnostics.report({ source: handler.describe(), what: 'the close failed', error });
  const attempt = (work: () => unknown, next: () => void = () => undefined): void => {
    let done: unknown;
    try {
      done = work();
    } catch (error) {
      report(error);
    }
    if (done instanceof Promise) void done.catch(report).then(next);
    else next();
  };
  attempt(
    () => handler.close(),
    () => attempt(() => releaseQueue(handler)?.close()),
  );
  if (handler instanceof QueueHandler) attempt(() => handler.listener?.stopSync());
}
