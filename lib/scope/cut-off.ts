/** Requests and messages that are still running when it all ends: their outcome is never going to be known. */
import { attempt } from '../core/attempt';
import type { Handler } from '../core/handler';
import type { LogScope } from './log-scope';
import type { LoggerTree } from './wiring-check';
import { scopeRegistry } from './scope-registry';

function standsIn({ root, loggers }: LoggerTree, handler: Handler): boolean {
  return (
    root.handlers.includes(handler) ||
    [...loggers.values()].some(({ handlers }) => handlers.includes(handler))
  );
}

/** Writes what the running requests and messages hold, of the applications in whose tree the handler is. */
export function dumpCutOff(handler: Handler): void {
  const mine = new Map<LoggerTree, boolean>();
  for (const scope of scopeRegistry.live) {
    if (scope.kind === 'call' || scope.settled) continue;
    const { tree } = scope;
    if (!mine.has(tree)) mine.set(tree, standsIn(tree, handler));
    if (mine.get(tree) === true) attempt('the dump of a scope', () => scope.dump('shutdown'));
  }
}

/** A crash has dumped its scope already; a later handler of the application may have ended the process then. */
function dumpHeld(scope: LogScope): void {
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
 * The process ends, and nothing more can be awaited. The work that ended it is written, with what is around it, and not
 * that of others. Where none did, as when a signal or an exception outside of all ended it, all that is cut off is.
 */
export function dumpAtExit(current: LogScope | undefined): void {
  // A request that is answered, and whose response only has to be closed, is not cut off.
  for (const scope of scopeRegistry.live) attempt('the end of a request', () => scope.onExit?.());
  if (endedBy(current)) {
    for (let scope = current; scope !== undefined; scope = scope.parent) dumpHeld(scope);
  } else {
    for (const scope of scopeRegistry.live) if (scope.kind !== 'call') dumpHeld(scope);
  }
}
