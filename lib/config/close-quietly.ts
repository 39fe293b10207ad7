/** Closes a handler where nobody waits for it: what goes wrong is reported. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { QueueHandler } from '../handlers';
import { releaseQueue } from './owned-queues';

/**
 * What is synchronous is done when it returns; promises are watched. A listener handles what is at hand and stops, and a
 * queue that was made for the handler is closed when the handler has flushed into it.
 */
export function closeQuietly(handler: Handler): void {
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
