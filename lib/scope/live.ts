/** The scopes that are open, those that are kept for a while after their end, and the limit on what all of them hold. */
import type { Logger } from '../core/logger';
import { counts } from './counts';
import type { CompiledScopeOptions, ScopeKind } from './options';
import { forget, type RecordTotal } from './records';
import { KeptList, leaveList, ScopeList, type ListedScope } from './scope-list';
import { checkForHandler, SCOPES_BEFORE_CHECK } from './wiring-check';

/**
 * What settled scopes may go on holding together, so that a late failure still has its story. Each collection of V8's young
 * generation copies all of it: with 2000 records the young generation of a busy server grew to twice the size.
 */
const SETTLED_LIMITS = { scopes: 20_000, records: 1000 } as const;
/** The same for requests whose client has left and whose handlers still run. Each of them keeps its request alive. */
const ABANDONED_LIMITS = { scopes: 2000, records: 2000 } as const;
/**
 * How long the scope of a request whose client has left waits for its handler, in ms. A handler that notices the abort
 * may never answer, and its scope must not wait for ever.
 */
const ABANDONED_MS = 10_000;

/** The part of a scope that is needed here. */
export interface LiveScope extends ListedScope {
  readonly kind: ScopeKind;
  readonly options: CompiledScopeOptions;
  readonly tree: { readonly root: Logger; readonly loggers: ReadonlyMap<string, Logger> };
  readonly settled: boolean;
  /** A record is evicted because all scopes together hold too much; false if none can be. */
  evict(which: 'oldest' | 'newest'): boolean;
  dump(reason: string): void;
  /** The time for which it is kept after its end is over. */
  expire(): void;
  /** The work of an aborted request is not waited for any longer. */
  giveUp(): void;
}

const open = new ScopeList<LiveScope>();
const settledScopes = new KeptList<LiveScope>(SETTLED_LIMITS, (scope) => scope.expire());
const abandoned = new KeptList<LiveScope>(ABANDONED_LIMITS, (scope) => scope.giveUp());

/** Messages, and calls that hold much: a promise that never settles must not keep its scope. */
const weak = new Set<WeakRef<LiveScope>>();

/** The scope with the most records; it stays that until it has given up a tenth. */
let largest: LiveScope | undefined;
let largestUntil = 0;

/** Scopes that will be settled for certain, such as requests, and other scopes that hold much. */
export function liveScopes(): LiveScope[] {
  const scopes = [...open.toArray(), ...abandoned.toArray()];
  for (const ref of weak) {
    const scope = ref.deref();
    if (scope !== undefined && !scope.settled) scopes.push(scope);
  }
  return scopes;
}

/** For work that comes to its end for certain. */
export function track(scope: LiveScope): void {
  scope.isListed = true;
  open.add(scope);
}

/** For work that may never come to its end: it is among the live scopes, and is not kept alive. */
export function trackWeakly(scope: LiveScope): void {
  scope.isListed = true;
  weak.add(new WeakRef(scope));
  if (weak.size % 256 !== 0) return;
  for (const ref of weak) if (ref.deref()?.settled !== false) weak.delete(ref);
}

/**
 * Called when `scope` has taken in a record and is large, is kept after its end, or when there is too much in all scopes:
 * the largest scope evicts its oldest records.
 */
export function limitHeld(scope: LiveScope): void {
  if (scope.keptUntil > 0) {
    settledScopes.shrink();
    abandoned.shrink();
  }
  const { bigFrom, totalCapacity } = scope.options;
  if (!scope.isListed && !scope.settled && scope.held > bigFrom) trackWeakly(scope);
  while (counts.held > totalCapacity) {
    // Where only first records are left, the newcomer is evicted: the limit holds whatever the other options are.
    if (!largestOf(scope).evict('oldest') && !scope.evict('newest')) return;
  }
}

function largestOf(fallback: LiveScope): LiveScope {
  if (largest !== undefined && !largest.settled && largest.held > largestUntil) return largest;
  largest = fallback;
  for (const scope of liveScopes()) if (scope.held > largest.held) largest = scope;
  // So that a full memory does not mean a search with each record.
  largestUntil = Math.floor(largest.held * 0.9);
  return largest;
}

/** The outcome is known. What the scope still holds is kept for a moment, within limits. */
export function keepSettled(scope: LiveScope): void {
  if (++counts.settled === SCOPES_BEFORE_CHECK) {
    checkForHandler(scope.tree, counts.passed + counts.dumped + counts.dropped + counts.held);
  }
  if (scope === largest) largest = undefined;
  const { lingerMs } = scope.options;
  if (lingerMs > 0 && scope.held <= SETTLED_LIMITS.records) return settledScopes.keep(scope, lingerMs);
  leaveList(scope);
  scope.expire();
}

/** The client has left and the handler still runs: the scope is given up after a while. */
export function keepAbandoned(scope: LiveScope): void {
  abandoned.keep(scope, ABANDONED_MS);
}

/**
 * A promise that never settles is collected like any other value, and its scope with it. The count of what the scope held is
 * then taken back here; the held records themselves are gone with the scope.
 */
const leaks = new FinalizationRegistry<RecordTotal>((total) => {
  counts.settled++;
  forget(total);
});

/** For work that goes on after its call. */
export function watchForLeak(scope: LiveScope): void {
  const total: RecordTotal = { records: scope.held };
  scope.list = total;
  leaks.register(scope, total, scope);
}

/** The work has come to its end. */
export function stopWatching(scope: LiveScope): void {
  leaks.unregister(scope);
}
