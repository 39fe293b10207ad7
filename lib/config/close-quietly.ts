/** Closes a handler where nobody waits for it: what goes wrong is reported. */
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { QueueHandler } from '../handlers';

/** What is synchronous is done when it returns; a promise is watched. A listener handles what is at hand, and stops. */
export function closeQuietly(handler: Handler): void {
  const report = (error: unknown): void =>
    diagnostics.report({ source: handler.describe(), what: 'the close failed', error });
  try {
    const closed: unknown = handler.close();
    if (closed instanceof Promise) closed.catch(report);
    if (handler instanceof QueueHandler) handler.listener?.stopSync();
  } catch (error) {
    report(error);
  }
}
