/** Counts all scopes and records since the process began. */
import { globalState } from '../internal/global-state';

/** Counts since the process began, and the number of held records. */
export interface ScopeStats {
  readonly scopes: {
    readonly opened: number;
    readonly settled: number;
    /** Opened and not settled. */
    readonly live: number;
    /** Scopes that were dumped. */
    readonly dumps: number;
    /** Failures beyond the limit, which were only counted. */
    readonly flooded: number;
    /** Scopes beyond the limit that `sample`, `slowMs` or `onAbort` would have dumped. */
    readonly skipped: number;
  };
  /** A record for two targets is counted twice. */
  readonly records: {
    /** Written at once. */
    readonly passed: number;
    /** Held and written later. */
    readonly dumped: number;
    /** Held and never written: the scope succeeded, or the record was evicted. */
    readonly dropped: number;
    /** Evicted because a limit was reached; included in `dropped`. */
    readonly evicted: number;
    /** Held now. */
    readonly held: number;
  };
}

/** The counts of this copy of the package. Only `records.ts` changes the counts of records. */
export const counts = {
  opened: 0,
  settled: 0,
  dumps: 0,
  flooded: 0,
  skipped: 0,
  passed: 0,
  dumped: 0,
  dropped: 0,
  evicted: 0,
  held: 0,
};

/** The counts of all copies of the package. */
const ofAllCopies = globalState('scope-counts', () => new Set<Readonly<typeof counts>>()).add(counts);

function sum(name: keyof typeof counts): number {
  let total = 0;
  for (const each of ofAllCopies) total += each[name];
  return total;
}

/** Counts of scopes (opened = settled + live) and of records by their outcome. */
export function stats(): ScopeStats {
  const [opened, settled] = [sum('opened'), sum('settled')];
  return {
    scopes: {
      opened,
      settled,
      live: opened - settled,
      dumps: sum('dumps'),
      flooded: sum('flooded'),
      skipped: sum('skipped'),
    },
    records: {
      passed: sum('passed'),
      dumped: sum('dumped'),
      dropped: sum('dropped'),
      evicted: sum('evicted'),
      held: sum('held'),
    },
  };
}
