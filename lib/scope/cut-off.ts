/** Requests and messages that are still running when logging is shut down: their outcome is never going to be known. */
import type { Handler } from '../core/handler';
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
    if (mine.get(tree) === true) scope.dump('shutdown');
  }
}
