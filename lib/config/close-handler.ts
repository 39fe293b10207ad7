/** Closes a handler, and the queue that was created for it, when nobody awaits the result. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { QueueHandler } from '../handlers';
import { globalState } from '../internal/global-state';
import type { LogQueue } from '../queues';

/** The key is the handler's id, because a container may return a wrapper of the handler. */
const owned = globalState('owned-queues', () => new Map<Handler['id'], LogQueue>());

/** Registers the queue to be closed together with the handler. */
export function ownQueue(handler: Handler, queue: LogQueue): void {
  owned.set(handler.id, queue);
}

/** Returns the queue that was created for the handler; the caller must close it. A second call returns undefined. */
export function releaseQueue(handler: Handler): LogQueue | undefined {
  const queue = owned.get(handler.id);
  owned.delete(handler.id);
  return queue;
}

/**
 * Closes what can be closed synchronously, and reports promises that reject. A listener handles its pending records and
 * stops. A queue that was created for the handler is closed after the handler has flushed into it.
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
