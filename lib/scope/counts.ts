/** What became of all scopes and records since the process began. */
import { globalState } from '../internal/global-state';

/** Counts since the process began, and what is held now. */
export interface ScopeStats {
  readonly scopes: {
    readonly opened: number;
    readonly settled: number;
    /** Opened and not settled. */
    readonly live: number;
    /** Scopes that wrote what they held. */
    readonly dumps: number;
    /** Failures that were only counted, because there were too many at once. */
    readonly flooded: number;
    /** Picked by `sample`, `slowMs` or `onAbort`, and not written for it, because there were too many at once. */
    readonly skipped: number;
  };
  /** A record on its way to two targets is counted for each. */
  readonly records: {
    /** Written at once. */
    readonly passed: number;
    /** Held back and written later. */
    readonly dumped: number;
    /** Held back and never written: the work succeeded, or the record was evicted. */
    readonly dropped: number;
    /** Of `dropped`, those that were evicted because a limit was reached. */
    readonly evicted: number;
    /** Held now. */
    readonly held: number;
  };
}

/** Of this copy of the package. The counts of records are changed in `records.ts` only. */
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

/** The counts of each copy of the package; other copies read their numbers. */
const ofAllCopies = globalState('scope-counts', () => new Set<Readonly<typeof counts>>()).add(counts);

function sum(name: keyof typeof counts): number {
  let total = 0;
  for (const each of ofAllCopies) total += each[name];
  return total;
}

/** Counts of scopes and records: opened = settled + live, and what became of each record. */
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
