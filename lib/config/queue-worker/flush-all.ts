/** What "flushed" means behind a WorkerQueue. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { diagnostics } from '../../core/diagnostics';
import type { Handler } from '../../core/handler';
import type { SharedRing } from '../../queues/worker/shared-ring';

/** Resolves when the handlers took what is in the ring now, and have flushed it. Never rejects. */
export async function flushAll(ring: SharedRing, handlers: readonly Handler[]): Promise<void> {
  const last = ring.written;
  // The listener works in the turns between.
  while (!ring.isReleased(last)) await nextTurn();
  await Promise.all(handlers.map(flushOne));
}

async function flushOne(handler: Handler): Promise<void> {
  try {
    await handler.flush();
  } catch (error) {
    diagnostics.report({ source: handler.describe(), what: 'the flush failed', error });
  }
}
