/** The open scopes, the scopes that are kept for a time after their end, and the limit of records for all scopes together. */
import type { Logger } from '../core/logger';
import { counts } from './counts';
import type { CompiledScopeOptions, ScopeKind } from './options';
import { dropCollected, type RecordTotal } from './records';
import { KeptList, leaveList, ScopeList, type ListedScope } from './scope-list';
import { checkForHandler, SCOPES_BEFORE_CHECK } from './wiring-check';

/**
 * Limits of what all settled scopes together may hold for late failures. Each collection of V8's young generation copies these
 * records: with 2000 records the young generation of a busy server grew to twice the size.
 */
const SETTLED_LIMITS = { scopes: 20_000, records: 1000 } as const;
/** The same for requests whose client has disconnected and whose handlers still run. Each of them keeps its request in memory. */
const ABANDONED_LIMITS = { scopes: 2000, records: 2000 } as const;
/**
 * How long a scope waits for its handler after the client has disconnected, in ms. A handler that notices the abort may never
 * answer.
 */
const ABANDONED_MS = 10_000;

/** The part of a scope that is needed here. */
export interface LiveScope extends ListedScope {
  readonly kind: ScopeKind;
  readonly options: CompiledScopeOptions;
  readonly tree: { readonly root: Logger; readonly loggers: ReadonlyMap<string, Logger> };
  readonly settled: boolean;
  /** Evicts a record because all scopes together hold too many; false if no record can be evicted. */
  evict(which: 'oldest' | 'newest'): boolean;
  dump(reason: string): void;
  /** Called when the time for which the scope is kept after its end is over. */
  expire(): void;
  /** Stops waiting for the work of an aborted request. */
  giveUp(): void;
}

const open = new ScopeList<LiveScope>();
const settledScopes = new KeptList<LiveScope>(SETTLED_LIMITS, (scope) => scope.expire());
const abandoned = new KeptList<LiveScope>(ABANDONED_LIMITS, (scope) => scope.giveUp());

/** Messages, and calls that hold many records. Weak, because a promise that never settles must not keep its scope in memory. */
const weak = new Set<WeakRef<LiveScope>>();

/** The scope with the most records, as a cache: it is valid until the scope has evicted a tenth of them. */
let largest: LiveScope | undefined;
let largestUntil = 0;

/** Scopes that are certain to end, such as requests, and other scopes that hold many records. */
export function liveScopes(): LiveScope[] {
  const scopes = [...open.toArray(), ...abandoned.toArray()];
  for (const ref of weak) {
    const scope = ref.deref();
    if (scope !== undefined && !scope.settled) scopes.push(scope);
  }
  return scopes;
}

/** Registers work that is certain to end. */
export function track(scope: LiveScope): void {
  scope.isListed = true;
  open.add(scope);
}

/** Registers work that may never end, without keeping it in memory. */
export function trackWeakly(scope: LiveScope): void {
  scope.isListed = true;
  weak.add(new WeakRef(scope));
  if (weak.size % 256 !== 0) return;
  for (const ref of weak) if (ref.deref()?.settled !== false) weak.delete(ref);
}

/**
 * Called after `scope` took a record, if it is large, if it is kept after its end, or if all scopes together hold too many
 * records. Then the largest scope evicts its oldest records.
 */
export function limitHeld(scope: LiveScope): void {
  if (scope.keptUntil > 0) {
    settledScopes.shrink();
    abandoned.shrink();
  }
  const { bigFrom, totalCapacity } = scope.options;
  if (!scope.isListed && !scope.settled && scope.held > bigFrom) trackWeakly(scope);
  while (counts.held > totalCapacity) {
    // If only records of `keepFirst` are left, the new record is evicted: `totalCapacity` always applies.
    if (!largestOf(scope).evict('oldest') && !scope.evict('newest')) return;
  }
}

function largestOf(fallback: LiveScope): LiveScope {
  if (largest !== undefined && !largest.settled && largest.held > largestUntil) return largest;
  largest = fallback;
  for (const scope of liveScopes()) if (scope.held > largest.held) largest = scope;
  // So that not every record needs a search when the limit is reached.
  largestUntil = Math.floor(largest.held * 0.9);
  return largest;
}

/** Called when a scope is settled. Its held records are kept for `lingerMs`, within limits. */
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

/** Called when the client has disconnected and the handler still runs. The scope stops waiting after a time. */
export function keepAbandoned(scope: LiveScope): void {
  abandoned.keep(scope, ABANDONED_MS);
}

/**
 * A promise that never settles can be garbage collected, and with it its scope and the held records. The counts are then
 * corrected here.
 */
const leaks = new FinalizationRegistry<RecordTotal>((total) => {
  counts.settled++;
  dropCollected(total);
});

/** Called for work that continues after its call. */
export function watchForLeak(scope: LiveScope): void {
  const total: RecordTotal = { records: scope.held };
  scope.list = total;
  leaks.register(scope, total, scope);
}

/** Called when that work has ended. */
export function stopWatching(scope: LiveScope): void {
  leaks.unregister(scope);
}
