/** Sees what ends the process, or would have: the scope it happened in is dumped before anything else. */
import { guarded } from '../core/attempt';
import { dumpAtExit } from './cut-off';
import type { LogScope } from './log-scope';
import { rejectionsMode } from './rejections-mode';
import { currentScope } from './scope-storage';

interface WatchSlot {
  installed: boolean;
  /** Where the crash of this turn of the event loop happened: a handler of it may throw, or exit, in no scope at all. */
  culprit: LogScope | undefined;
}

/** Of this copy of the package, which knows its own scopes only. */
const slot: WatchSlot = { installed: false, culprit: undefined };

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

/** Somebody has a listener for it, or Node was told to pass over it: mostly, the process lives on. */
const onUnhandledRejection = guarded('the dump of a rejection', (reason: unknown) =>
  tellScope(reason, false),
);

/**
 * Wraps `process.emit` to see a rejection. A listener would change what others do: Node ends the process only if there is
 * no listener, and vitest reports a rejection only if its own listener is the only one. Without any listener, Node turns
 * the rejection into an uncaught exception, which the monitor below sees.
 */
function watchRejections(): void {
  const isSurvived = UNCHANGED_BY_LISTENERS.has(rejectionsMode());
  // eslint-disable-next-line typescript/unbound-method -- called with the `this` that it is called with
  const emit = process.emit as (event: string | symbol, ...args: unknown[]) => boolean;
  function emitWithHindsight(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'unhandledRejection' && (isSurvived || process.listenerCount(event) > 0)) {
      onUnhandledRejection(args[0]);
    }
    return Reflect.apply(emit, this, [event, ...args]);
  }
  process.emit = emitWithHindsight as typeof process.emit;
}

/** Installed when the first scope opens; Node runs these listeners in the async context of what failed. */
export function watchCrashes(): void {
  if (slot.installed) return;
  slot.installed = true;
  process.on('uncaughtExceptionMonitor', onCrash);
  watchRejections();
  // Before the handlers write what they still have in memory.
  process.prependListener(
    'exit',
    guarded('the dump at exit', () => dumpAtExit(currentScope() ?? slot.culprit)),
  );
}
