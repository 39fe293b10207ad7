/** Lists of scopes: linked through the scopes themselves, so that a scope enters and leaves a list at no cost. */
import { guarded } from '../core/diagnostics';
import { contextStorage } from '../core/record-context';
import type { RecordTotal } from './records';

/** A scope with its place in a list. It is in one list at a time. */
export abstract class ListedScope {
  /** The list that the scope is in, or what else counts its records. @internal */
  list: RecordTotal | undefined = undefined;
  /** @internal */
  previous: ListedScope | undefined = undefined;
  /** @internal */
  next: ListedScope | undefined = undefined;
  /** When a `KeptList` lets go of it, on the clock of `performance.now()`; 0 in no such list. @internal */
  keptUntil = 0;
  /** It is known as live: in the list of open scopes, or weakly. @internal */
  isListed = false;

  /** Records held now. */
  abstract get held(): number;
}

export class ScopeList<T extends ListedScope> implements RecordTotal {
  /** Records that the scopes of the list hold together. */
  records = 0;
  size = 0;
  protected first: T | undefined = undefined;
  protected last: T | undefined = undefined;

  /** Adds a scope at the end; it leaves the list that it is in. */
  add(scope: T): void {
    this.insertAfter(this.last, scope);
  }

  remove(scope: T): void {
    const { previous, next } = scope;
    if (previous === undefined) this.first = next as T | undefined;
    else previous.next = next;
    if (next === undefined) this.last = previous as T | undefined;
    else next.previous = previous;
    scope.previous = scope.next = scope.list = undefined;
    this.size--;
    this.records -= scope.held;
  }

  /** The scopes that are in the list now. */
  toArray(): T[] {
    const scopes: T[] = [];
    for (let at = this.first; at !== undefined; at = at.next as T | undefined) scopes.push(at);
    return scopes;
  }

  protected insertAfter(place: T | undefined, scope: T): void {
    leaveList(scope);
    const next = (place === undefined ? this.first : place.next) as T | undefined;
    scope.previous = place;
    scope.next = next;
    if (place === undefined) this.first = scope;
    else place.next = scope;
    if (next === undefined) this.last = scope;
    else next.previous = scope;
    scope.list = this;
    this.size++;
    this.records += scope.held;
  }
}

/** The scope is in no list any more, and its records are counted nowhere else than in `counts`. */
export function leaveList(scope: ListedScope): void {
  const { list } = scope;
  if (list instanceof ScopeList) list.remove(scope);
  scope.list = undefined;
  scope.keptUntil = 0;
}

export interface KeptLimits {
  /** Scopes kept at the same time. */
  readonly scopes: number;
  /** Records that they hold together. */
  readonly records: number;
}

/**
 * Keeps each scope for a time and then calls `end` with it; earlier, the oldest first, when the scopes are too many or hold
 * too much.
 */
export class KeptList<T extends ListedScope> extends ScopeList<T> {
  private readonly limits: KeptLimits;
  private readonly end: (scope: T) => void;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(limits: KeptLimits, end: (scope: T) => void) {
    super();
    this.limits = limits;
    this.end = end;
  }

  /** Keeps a scope for `ms`. */
  keep(scope: T, ms: number): void {
    // Not the time of day, which may be set back.
    const until = performance.now() + ms;
    // Nearly always at the end: only a scope with a shorter time goes before others.
    let place = this.last;
    while (place !== undefined && place.keptUntil > until) place = place.previous as T | undefined;
    this.insertAfter(place, scope);
    scope.keptUntil = until;
    if (place === undefined) this.sweepAfter(ms);
    this.shrink();
  }

  /** Ends the oldest scopes while there is too much. Called when a scope that is kept takes in a record. */
  shrink(): void {
    while (this.records > this.limits.records || this.size > this.limits.scopes) {
      if (!this.endOldest()) return;
    }
  }

  private endOldest(): boolean {
    const scope = this.first;
    if (scope === undefined) return false;
    leaveList(scope);
    this.end(scope);
    return true;
  }

  private sweepAfter(ms: number): void {
    clearTimeout(this.timer);
    // Outside the scope that happens to end: a timer keeps the context it was made in.
    this.timer = contextStorage.run(undefined, () =>
      setTimeout(
        guarded('the end of a scope', () => this.sweep()),
        Math.max(1, ms),
      ).unref(),
    );
  }

  private sweep(): void {
    const now = performance.now();
    while (this.first !== undefined && this.first.keptUntil <= now) this.endOldest();
    if (this.first !== undefined) this.sweepAfter(this.first.keptUntil - now);
  }
}
