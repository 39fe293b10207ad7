/** Sees what ends the process, or would have: the scope it happened in is dumped before anything else. */
import { processSlot } from '../internal/process-slot';
import { currentScope } from './scope-storage';

interface WatchSlot {
  installed: boolean;
}

const slot = processSlot<WatchSlot>('crash-watch', () => ({ installed: false }));

function onCrash(error: unknown): void {
  currentScope()?.crash(error);
}

function onUnhandledRejection(reason: unknown): void {
  onCrash(reason);
}

/**
 * An `unhandledRejection` listener keeps the process alive, so ours is there only while the application has one itself.
 * Without one, Node turns the rejection into an uncaught exception, which the monitor below sees.
 */
function followUnhandledRejection(): void {
  process.on('newListener', (event, listener) => {
    if (event !== 'unhandledRejection' || listener === onUnhandledRejection) return;
    if (!process.listeners('unhandledRejection').includes(onUnhandledRejection)) {
      process.prependListener('unhandledRejection', onUnhandledRejection);
    }
  });
  process.on('removeListener', (event) => {
    if (event !== 'unhandledRejection') return;
    const left = process.listeners('unhandledRejection');
    if (left.length === 1 && left[0] === onUnhandledRejection)
      process.off('unhandledRejection', onUnhandledRejection);
  });
  if (process.listenerCount('unhandledRejection') > 0) {
    process.prependListener('unhandledRejection', onUnhandledRejection);
  }
}

/** Installed when the first scope opens; Node runs these listeners in the async context of what failed. */
export function watchCrashes(): void {
  if (slot.installed) return;
  slot.installed = true;
  process.on('uncaughtExceptionMonitor', onCrash);
  followUnhandledRejection();
}
