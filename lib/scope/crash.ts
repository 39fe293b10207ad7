/** Dumps running scopes when the process or its handlers end, because their outcome will never be known. */
import { attempt, guarded } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { currentScope } from './current';
import { liveScopes, type LiveScope } from './live';
import type { LogScope } from './scope';
import type { LoggerTree } from './wiring-check';

function hasHandler({ root, loggers }: LoggerTree, handler: Handler): boolean {
  return (
    root.handlers.includes(handler) ||
    [...loggers.values()].some(({ handlers }) => handlers.includes(handler))
  );
}

/** Dumps the running requests and messages of the applications that use the handler. */
export function dumpAtShutdown(handler: Handler): void {
  const mine = new Map<LoggerTree, boolean>();
  for (const scope of liveScopes()) {
    if (scope.kind === 'call' || scope.settled) continue;
    const { tree } = scope;
    if (!mine.has(tree)) mine.set(tree, hasHandler(tree, handler));
    if (mine.get(tree) === true) attempt('the dump of a scope', () => scope.dump('shutdown'));
  }
}

/** Dumps a scope that still holds records. After a crash its scope has been dumped already. */
function dumpHeld(scope: LiveScope): void {
  if (!scope.settled && scope.held > 0) attempt('the dump of a scope', () => scope.dump('exit'));
}

/** Whether this scope or one around it ended the process, by a crash or by `process.exit`. */
function endedBy(innermost: LogScope | undefined): boolean {
  for (let scope = innermost; scope !== undefined; scope = scope.parent) {
    if (!scope.settled || scope.error !== undefined) return true;
  }
  return false;
}

/**
 * Called when the process ends; nothing can be awaited any more. If a scope has ended the process, that scope and the scopes
 * around it are dumped. Otherwise, for example after a signal or an exception outside of all scopes, all running requests
 * and messages are dumped.
 */
export function dumpAtExit(current: LogScope | undefined): void {
  if (endedBy(current)) {
    for (let scope = current; scope !== undefined; scope = scope.parent) dumpHeld(scope);
  } else {
    for (const scope of liveScopes()) if (scope.kind !== 'call') dumpHeld(scope);
  }
}

const NAME = '--unhandled-rejections';

/** Node accepts underscores instead of hyphens in the names of its options. */
function isNamed(argument: string): boolean {
  return argument.replaceAll('_', '-') === NAME;
}

function modeIn(args: readonly string[]): string | undefined {
  let mode: string | undefined;
  for (const [at, argument] of args.entries()) {
    const [name = '', value] = argument.split('=', 2);
    if (isNamed(name)) mode = value ?? args[at + 1];
  }
  return mode;
}

/** The value of `--unhandled-rejections`; the command line overrides NODE_OPTIONS. */
export function rejectionsMode(
  args: readonly string[] = process.execArgv,
  nodeOptions = process.env['NODE_OPTIONS'] ?? '',
): string {
  const options = nodeOptions.split(/\s+/).map((option) => option.replaceAll(/^"|"$/g, ''));
  return modeIn(args) ?? modeIn(options) ?? 'throw';
}

interface WatchSlot {
  installed: boolean;
  /** The scope that crashed, while the listeners of the crash run: one of them may throw, or exit, outside any scope. */
  culprit: LogScope | undefined;
}

/** The state of this copy of the package, which knows only its own scopes. */
const slot: WatchSlot = { installed: false, culprit: undefined };

/** In these modes a rejection never ends the process, with or without a listener. */
const UNCHANGED_BY_LISTENERS: ReadonlySet<string> = new Set(['warn', 'none']);

function crashScope(error: unknown, fatal: boolean): void {
  const scope = currentScope();
  if (scope === undefined) return;
  scope.crash(error, fatal);
  slot.culprit = scope;
  // Not later: a signal, which has nothing to do with this scope, may end the process in the same turn of the event loop.
  process.nextTick(() => {
    slot.culprit = undefined;
  });
}

// Guarded: if one of these throws, Node ends the process with that Error instead of the application's.
const onCrash = guarded('the dump of a crash', (error: unknown) => crashScope(error, true));

/** Called if the application listens to unhandled rejections or Node ignores them: usually the process continues. */
const onUnhandledRejection = guarded('the dump of a rejection', (reason: unknown) =>
  crashScope(reason, false),
);

/**
 * Wraps `process.emit` to see a rejection. A listener would change the behaviour of others: Node ends the process only if
 * there is no listener, and vitest reports a rejection only if its own listener is the only one. Without any listener, Node
 * turns the rejection into an uncaught exception, which `uncaughtExceptionMonitor` sees.
 */
function watchRejections(): void {
  const isSurvived = UNCHANGED_BY_LISTENERS.has(rejectionsMode());
  // eslint-disable-next-line typescript/unbound-method -- always called with the caller's `this`
  const emit = process.emit as (event: string | symbol, ...args: unknown[]) => boolean;
  function emitWithHindsight(this: unknown, event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'unhandledRejection' && (isSurvived || process.listenerCount(event) > 0)) {
      onUnhandledRejection(args[0]);
    }
    return Reflect.apply(emit, this, [event, ...args]);
  }
  process.emit = emitWithHindsight as typeof process.emit;
}

/** Called when the first scope opens. Node runs these listeners in the async context of the code that failed. */
export function watchCrashes(): void {
  if (slot.installed) return;
  slot.installed = true;
  process.on('uncaughtExceptionMonitor', onCrash);
  watchRejections();
  // First, so that the handlers can still write the dump.
  process.prependListener(
    'exit',
    guarded('the dump at exit', () => dumpAtExit(currentScope() ?? slot.culprit)),
  );
}
