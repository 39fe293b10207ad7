/** What ends the process or its handlers: the work that is running then is written, as its outcome will never be known. */
import { attempt, guarded } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { currentScope } from './current';
import { liveScopes, type LiveScope } from './live';
import type { LogScope } from './scope';
import type { LoggerTree } from './wiring-check';

function standsIn({ root, loggers }: LoggerTree, handler: Handler): boolean {
  return (
    root.handlers.includes(handler) ||
    [...loggers.values()].some(({ handlers }) => handlers.includes(handler))
  );
}

/** Writes what the running requests and messages hold, of the applications in whose tree the handler is. */
export function dumpAtShutdown(handler: Handler): void {
  const mine = new Map<LoggerTree, boolean>();
  for (const scope of liveScopes()) {
    if (scope.kind === 'call' || scope.settled) continue;
    const { tree } = scope;
    if (!mine.has(tree)) mine.set(tree, standsIn(tree, handler));
    if (mine.get(tree) === true) attempt('the dump of a scope', () => scope.dump('shutdown'));
  }
}

/** A crash has dumped its scope already; a later handler of the application may have ended the process then. */
function dumpHeld(scope: LiveScope): void {
  if (!scope.settled && scope.held > 0) attempt('the dump of a scope', () => scope.dump('exit'));
}

/** Whether the process was ended by this work or a call around it: by a crash, or by `process.exit` before its end. */
function endedBy(innermost: LogScope | undefined): boolean {
  for (let scope = innermost; scope !== undefined; scope = scope.parent) {
    if (!scope.settled || scope.error !== undefined) return true;
  }
  return false;
}

/**
 * The process ends, and nothing more can be awaited. If a unit of work has ended it, that work and the work around it are
 * written. Otherwise, as after a signal or an exception outside of all scopes, everything that is cut off is written.
 */
export function dumpAtExit(current: LogScope | undefined): void {
  if (endedBy(current)) {
    for (let scope = current; scope !== undefined; scope = scope.parent) dumpHeld(scope);
  } else {
    for (const scope of liveScopes()) if (scope.kind !== 'call') dumpHeld(scope);
  }
}

const NAME = '--unhandled-rejections';

/** Node takes an underscore for a hyphen in the names of its options. */
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

/** The value of `--unhandled-rejections`; the command line goes before NODE_OPTIONS. */
export function rejectionsMode(
  args: readonly string[] = process.execArgv,
  nodeOptions = process.env['NODE_OPTIONS'] ?? '',
): string {
  const options = nodeOptions.split(/\s+/).map((option) => option.replaceAll(/^"|"$/g, ''));
  return modeIn(args) ?? modeIn(options) ?? 'throw';
}

interface WatchSlot {
  installed: boolean;
  /** Where a crash happened, while its handlers run: one may throw, or exit, in no scope at all. */
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
  // Not later: a signal may end the process in the same turn of the event loop, and is not of this scope.
  process.nextTick(() => {
    slot.culprit = undefined;
  });
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
