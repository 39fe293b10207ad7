/** Sees what ends the process, or would have: the scope it happened in is dumped before anything else. */
import { guarded } from '../core/attempt';
import { processSlot } from '../internal/process-slot';
import { dumpAtExit } from './cut-off';
import type { LogScope } from './log-scope';
import { rejectionsMode } from './rejections-mode';
import { currentScope } from './scope-storage';

interface WatchSlot {
  installed: boolean;
  /** Where the crash of this turn of the event loop happened: a handler of it may throw, or exit, in no scope at all. */
  culprit: LogScope | undefined;
}

const slot = processSlot<WatchSlot>('crash-watch', () => ({ installed: false, culprit: undefined }));

/** In these a listener changes nothing: Node prints a warning, or nothing, whether there is one or not. */
const UNCHANGED_BY_LISTENERS: ReadonlySet<string> = new Set(['warn', 'none']);

function tellScope(error: unknown, fatal: boolean): void {
  const scope = currentScope();
  if (scope === undefined) return;
  scope.crash(error, fatal);
  slot.culprit = scope;
  setImmediate(() => {
    slot.culprit = undefined;
  }).unref();
}

// Node ends the process with what these throw, in place of the Error of the application.
const onCrash = guarded('the dump of a crash', (error: unknown) => tellScope(error, true));

/** The application has a listener of its own, or Node was told to pass over it: mostly, the process lives on. */
const onUnhandledRejection = guarded('the dump of a rejection', (reason: unknown) =>
  tellScope(reason, false),
);

/**
 * Otherwise an `unhandledRejection` listener keeps the process alive, so ours is there only while the application has one
 * itself. Without one, Node turns the rejection into an uncaught exception, which the monitor below sees.
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
  if (UNCHANGED_BY_LISTENERS.has(rejectionsMode())) {
    process.prependListener('unhandledRejection', onUnhandledRejection);
  } else {
    followUnhandledRejection();
  }
  // Before the handlers write what they still have in memory.
  process.prependListener(
    'exit',
    guarded('the dump at exit', () => dumpAtExit(currentScope() ?? slot.culprit)),
  );
}
