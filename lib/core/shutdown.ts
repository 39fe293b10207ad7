/** Closing handlers: newest first, each within a time limit, none keeping another from being closed. */
import { diagnostics } from './diagnostics';
import type { Handler } from './handler';
import { describeSafely, openHandlers } from './open-handlers';

/** How long one handler may take to flush and close, in ms, before the next one's turn. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** What `close` has in any case, in ms. */
const LEAST_CLOSE_MS = 100;

/** The work's result, or a rejection when it takes longer. The timer keeps the process alive: there is work to end. */
async function within(ms: number, work: void | Promise<void>): Promise<void> {
  if (!(work instanceof Promise)) return;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(handler: Handler, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    diagnostics.report({ source: describeSafely(handler), what, error });
  }
}

/** Whether shutting down writes what the handler still holds; a MemoryHandler may be told to keep it back. */
function flushesOnClose(handler: Handler): boolean {
  return !('flushOnClose' in handler) || handler.flushOnClose !== false;
}

/** Flushes and closes one handler; what goes wrong is reported, not thrown. */
export async function closeHandler(handler: Handler, timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS): Promise<void> {
  try {
    handler.acquire();
    const end = performance.now() + timeoutMs;
    if (flushesOnClose(handler)) {
      await attempt(handler, 'the flush at shutdown failed', () => within(timeoutMs, handler.flush()));
    }
    // What it waits for in vain it waits for in close() again.
    const left = Math.max(LEAST_CLOSE_MS, Math.ceil(end - performance.now()));
    await attempt(handler, 'the close at shutdown failed', () => within(left, handler.close()));
    handler.release();
  } catch (error) {
    // CPython releases after a failed acquire too.
    await attempt(handler, 'the lock at shutdown failed', async () => {
      handler.release();
      throw error;
    });
  }
}

/**
 * Flushes and closes all open handlers, newest first, as they depend on one another in that order.
 * Ports logging.shutdown (CPython 3.14). Differs: a handler that fails is reported and the others are still closed.
 */
export async function shutdown(): Promise<void> {
  for (const handler of openHandlers.newestFirst()) await closeHandler(handler);
  diagnostics.flush();
}
