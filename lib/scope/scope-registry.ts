/** What all scopes of the process share: the counts, the limit on held records, and those that linger. */
import { processSlot } from '../internal/process-slot';
import { GraceList } from './grace-list';
import type { LogScope } from './log-scope';
import { checkForHandler, SCOPES_BEFORE_CHECK } from './wiring-check';

/** What settled scopes may go on holding together, so that a late failure still has its story. */
const SETTLED_LIMITS = { scopes: 20_000, records: 2000 } as const;
/** The same for requests whose client has left and whose handlers still run. Each of them keeps its request alive. */
const ABANDONED_LIMITS = { scopes: 2000, records: 2000 } as const;
/**
 * How long the scope of a request whose client has left waits for its handler, in ms. A handler that notices the abort
 * may never answer, and its scope must not wait for ever.
 */
const ABANDONED_MS = 10_000;
/** A scope that holds fewer is not looked at when room is needed; most requests never reach it. */
const BIG_SCOPE_RECORDS = 256;

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
    /** Held back and never written: the work succeeded, or an older record gave way. */
    readonly dropped: number;
    /** Of `dropped`, those that gave way because a limit was reached. */
    readonly evicted: number;
    /** Held now. */
    readonly held: number;
  };
}

type Counts = Readonly<
  Record<keyof ScopeStats['records'] | Exclude<keyof ScopeStats['scopes'], 'live'>, number>
>;

/** The counters and lists behind `stats()`. */
export class ScopeRegistry {
  opened = 0;
  settled = 0;
  dumps = 0;
  flooded = 0;
  skipped = 0;
  passed = 0;
  dumped = 0;
  dropped = 0;
  evicted = 0;
  /** Records held by all scopes. */
  held = 0;
  readonly #live = new Set<LogScope>();
  /** Messages, and calls that hold much: a promise that never settles must not keep its scope. */
  readonly #weak = new Set<WeakRef<LogScope>>();
  #victim: LogScope | undefined;
  #victimFloor = 0;
  readonly #settledScopes = new GraceList<LogScope>(SETTLED_LIMITS, (scope) => scope.expire());
  readonly #abandoned = new GraceList<LogScope>(ABANDONED_LIMITS, (scope) => scope.onFailure?.());

  /** Scopes that will be settled for certain, such as requests, and those that hold much. */
  get live(): Iterable<LogScope> {
    return this.#unsettled();
  }

  *#unsettled(): Generator<LogScope> {
    yield* this.#live;
    for (const ref of this.#weak) {
      const scope = ref.deref();
      if (scope !== undefined && !scope.settled) yield scope;
    }
  }

  track(scope: LogScope): void {
    this.#live.add(scope);
  }

  /** For work that may never come to its end: listed among the live ones, and not kept alive. */
  trackWeakly(scope: LogScope): void {
    this.#weak.add(new WeakRef(scope));
    if (this.#weak.size % 256 !== 0) return;
    for (const ref of this.#weak) if (ref.deref()?.settled !== false) this.#weak.delete(ref);
  }

  /** A record was taken in by `scope`: beyond the limit, the fullest scope gives up its oldest. */
  grew(scope: LogScope, totalCapacity: number): void {
    if (scope.count.list !== undefined) this.#shrink();
    const big = Math.min(BIG_SCOPE_RECORDS, totalCapacity >> 6);
    if (scope.held <= big && this.held <= totalCapacity) return;
    // Once, when it gets there: a Set costs more than holding a record.
    if (scope.held === big + 1) this.#noteBig(scope);
    while (this.held > totalCapacity) {
      // Where only first records are left, the newcomer gives way: the limit holds whatever the other options are.
      if (!this.#fullest(scope).evict('oldest') && !scope.evict('newest')) return;
    }
  }

  /** The outcome is known. What the scope still holds is kept for a moment, within limits. */
  settle(scope: LogScope): void {
    this.settled++;
    if (this.settled === SCOPES_BEFORE_CHECK) {
      checkForHandler(scope.tree, this.passed + this.dumped + this.dropped + this.held);
    }
    this.#live.delete(scope);
    if (scope === this.#victim) this.#victim = undefined;
    scope.count.leave();
    if (scope.options.lingerMs === 0 || scope.held > SETTLED_LIMITS.records) scope.expire();
    else this.#settledScopes.add(scope, scope.options.lingerMs);
  }

  /** The client has left and the handler still runs: `onFailure` of the scope is called after a while, if not before. */
  abandon(scope: LogScope): void {
    this.#abandoned.add(scope, ABANDONED_MS);
  }

  /** What to do when a scope that was never settled is collected: its records count as dropped. */
  forgetLater(scope: LogScope): () => void {
    const { count } = scope;
    return () => {
      this.settled++;
      this.dropped += count.held;
      count.add(-count.held);
    };
  }

  #shrink(): void {
    this.#settledScopes.shrink();
    this.#abandoned.shrink();
  }

  #noteBig(scope: LogScope): void {
    if (scope.settled || this.#live.has(scope)) return;
    this.trackWeakly(scope);
  }

  #fullest(fallback: LogScope): LogScope {
    if (this.#victim !== undefined && this.#victim.held > this.#victimFloor) return this.#victim;
    let fullest = fallback;
    for (const scope of this.live) if (scope.held > fullest.held) fullest = scope;
    this.#victim = fullest;
    // It stays the victim until it has given up a tenth, so that a full memory does not mean a search each record.
    this.#victimFloor = Math.floor(fullest.held * 0.9);
    return fullest;
  }
}

export const scopeRegistry = new ScopeRegistry();

/** The counts of each copy of the package; other copies read their numbers. */
const counts = processSlot('scope-counts', () => new Set<Counts>()).add(scopeRegistry);

function sum(name: keyof Counts): number {
  return [...counts].reduce((total, each) => total + each[name], 0);
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
