/** Says it when the scopes never meet a HindsightHandler, or a HindsightHandler never sees a scope. */
import { diagnostics } from '../core/diagnostics';
import type { Logger } from '../core/logger';

/** Scopes that end before it is looked whether anything holds their records: one look, so a request costs nothing. */
export const SCOPES_BEFORE_CHECK = 20;
/** Records outside every scope between two looks whether there are scopes at all. */
export const RECORDS_BETWEEN_CHECKS = 1000;
/** How long such records must go on, in seconds: a start may log much before the first request. */
const OUTSIDE_FOR_S = 60;

/** The part of a Manager that is looked at. */
export interface LoggerTree {
  readonly root: Logger;
  readonly loggers: ReadonlyMap<string, Logger>;
}

/** When one HindsightHandler was first looked at, in seconds since the epoch. */
export interface OutsideRecords {
  since: number | undefined;
  reported: boolean;
}

/** By its mark and not by class: the handler may be of another installed copy. */
function holdsRecords({ handlers }: Logger): boolean {
  return handlers.some((handler) => 'ownPassThroughLevel' in handler);
}

/** Called once, when so many scopes have ended; `routed` counts the records that any HindsightHandler saw in a scope. */
export function checkForHandler(tree: LoggerTree, routed: number): void {
  if (routed > 0 || holdsRecords(tree.root) || [...tree.loggers.values()].some(holdsRecords)) return;
  diagnostics.report({
    source: 'request logs',
    what:
      `${SCOPES_BEFORE_CHECK} requests or calls have ended and no logger has a HindsightHandler, so a failing one has ` +
      'no context; put one on the root: getLogger().addHandler(new HindsightHandler(target))',
  });
}

/** Called at each thousandth record outside a scope; `opened` counts the scopes of the process. */
export function checkForScopes(outside: OutsideRecords, now: number, opened: number): void {
  outside.since ??= now;
  if (outside.reported || opened > 0 || now - outside.since < OUTSIDE_FOR_S) return;
  outside.reported = true;
  diagnostics.report({
    source: 'request logs',
    what:
      'a HindsightHandler has seen thousands of records for over a minute and no scope was ever opened, so what is below ' +
      'its pass-through level is lost; mount requestLogs(), import LoggingModule.forRoot(), or call runInScope()',
  });
}
