/** Reports two mistakes of the setup: scopes without a HindsightHandler, and a HindsightHandler without scopes. */
import { diagnostics } from '../core/diagnostics';
import type { Logger } from '../core/logger';

/** Scopes that must end before the one check for a HindsightHandler. */
export const SCOPES_BEFORE_CHECK = 20;
/** Records outside every scope between two checks for scopes. */
export const RECORDS_BETWEEN_CHECKS = 1000;
/** How long records must come without a scope, in seconds: an application may log many before its first request. */
const OUTSIDE_FOR_S = 60;

/** The part of a Manager that we need. */
export interface LoggerTree {
  readonly root: Logger;
  readonly loggers: ReadonlyMap<string, Logger>;
}

/** The state of the check of one HindsightHandler; `since` is its first check, in seconds since the epoch. */
export interface OutsideRecords {
  since: number | undefined;
  reported: boolean;
}

/** Checks a property, not the class: the handler may belong to another copy of the package. */
function holdsRecords({ handlers }: Logger): boolean {
  return handlers.some((handler) => 'ownPassThroughLevel' in handler);
}

/** Called once, after SCOPES_BEFORE_CHECK scopes; `routed` is the number of records that HindsightHandlers got in scopes. */
export function checkForHandler(tree: LoggerTree, routed: number): void {
  if (routed > 0 || holdsRecords(tree.root) || [...tree.loggers.values()].some(holdsRecords)) return;
  diagnostics.report({
    source: 'request logs',
    what:
      `${SCOPES_BEFORE_CHECK} requests or calls have ended and no logger has a HindsightHandler, so no records are held ` +
      'for a failing one; add one to the root: getLogger().addHandler(new HindsightHandler(target))',
  });
}

/** Called for every thousandth record outside a scope; `opened` is the number of scopes in the process. */
export function checkForScopes(outside: OutsideRecords, now: number, opened: number): void {
  outside.since ??= now;
  if (outside.reported || opened > 0 || now - outside.since < OUTSIDE_FOR_S) return;
  outside.reported = true;
  diagnostics.report({
    source: 'request logs',
    what:
      'a HindsightHandler has received thousands of records for over a minute and no scope was ever opened, so records below ' +
      'its pass-through level are lost; mount requestLogs(), import LoggingModule.forRoot(), or call runInScope()',
  });
}
