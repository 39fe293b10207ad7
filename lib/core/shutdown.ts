/** Closes all handlers: newest first, each within a time limit. A handler that fails does not keep the others open. */
import { withTimeLimit } from '../internal/time-limit';
import { diagnostics } from './diagnostics';
import { describeSafely, Handler, openHandlers } from './handler';
import type { LogRecord } from './log-record';

/** How long one handler may take to flush and close, in ms. Then the next one is closed. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

/** Least time for `close`, in ms. */
const LEAST_CLOSE_MS = 100;

async function within(ms: number, work: void | Promise<void>): Promise<void> {
  if (work instanceof Promise) await withTimeLimit(work, ms, () => new Error(`not finished within ${ms} ms`));
}

async function attempt(handler: Handler, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    diagnostics.report({ source: describeSafely(handler), what, error });
  }
}

/** Whether to flush before closing. A MemoryHandler may have `flushOnClose: false`. */
function flushesOnClose(handler: Handler): boolean {
  return !('flushOnClose' in handler) || handler.flushOnClose !== false;
}

/** Flushes and closes one handler. Errors are reported, not thrown. */
export async function closeHandler(handler: Handler, timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS): Promise<void> {
  try {
    handler.acquire();
    const end = performance.now() + timeoutMs;
    if (flushesOnClose(handler)) {
      await attempt(handler, 'the flush at shutdown failed', () => within(timeoutMs, handler.flush()));
    }
    // close() may wait for the same thing again, so it gets the rest of the time.
    const left = Math.max(LEAST_CLOSE_MS, Math.ceil(end - performance.now()));
    await attempt(handler, 'the close at shutdown failed', () => within(left, handler.close()));
    handler.release();
  } catch (error) {
    // As CPython, release after a failed acquire.
    await attempt(handler, 'the lock at shutdown failed', async () => {
      handler.release();
      throw error;
    });
  }
}

/**
 * Flushes and closes all open handlers, newest first, since newer handlers may depend on older ones.
 * Ports logging.shutdown (CPython 3.14). Differs: if a handler fails, this is reported and the others are still closed.
 */
export async function shutdown(): Promise<void> {
  for (const handler of openHandlers.newestFirst()) await closeHandler(handler);
  diagnostics.flush();
}

/** Something else that is closed together with the handlers. */
export interface AtShutdown {
  /** Name in reports. */
  describe(): string;
  close(): void | Promise<void>;
  /** Called at the end of the process. Must be synchronous. */
  flushSync?(): void;
}

/**
 * Puts an object that is not a handler into the list of open handlers, so that shutdown() closes it in order. Create it
 * after
 * the handlers that the object needs, since the newest is closed first. Keep a reference, since the list has only a
 * weak one.
 */
export class AtShutdownHandler extends Handler {
  readonly #subject: AtShutdown;

  constructor(subject: AtShutdown) {
    super();
    this.#subject = subject;
  }

  override emit(_record: LogRecord): void {}

  override flushSync(): void {
    this.#subject.flushSync?.();
  }

  override async close(): Promise<void> {
    if (this.closed) return;
    void super.close();
    await this.#subject.close();
  }

  /** Removes the object from the list without closing it, because it has already ended. */
  dismiss(): void {
    void super.close();
  }

  override describe(): string {
    return this.#subject.describe();
  }
}
