/** Linked lists of scopes. The links are in the scopes themselves, so that adding and removing allocates nothing. */
import { guarded } from '../core/diagnostics';
import { contextStorage } from '../core/record-context';
import type { RecordTotal } from './records';

/** A scope with its links in a list. It is in one list at a time. */
export abstract class ListedScope {
  /** The list of the scope, or another object that counts its records. @internal */
  list: RecordTotal | undefined = undefined;
  /** @internal */
  previous: ListedScope | undefined = undefined;
  /** @internal */
  next: ListedScope | undefined = undefined;
  /** When a `KeptList` removes it, on the clock of `performance.now()`; 0 if it is in no such list. @internal */
  keptUntil = 0;
  /** It is registered as live, in the list of open scopes or weakly. @internal */
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

  /** Adds a scope at the end and removes it from its previous list. */
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

  /** The scopes of the list. */
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

/** Removes a scope from its list. Its records are then counted in `counts` only. */
export function leaveList(scope: ListedScope): void {
  const { list } = scope;
  if (list instanceof ScopeList) list.remove(scope);
  scope.list = undefined;
  scope.keptUntil = 0;
}

export interface KeptLimits {
  /** Maximum number of scopes. */
  readonly scopes: number;
  /** Maximum number of records of all these scopes. */
  readonly records: number;
}

/** Keeps each scope for a time and then calls `end` with it. If a limit is exceeded, the oldest scopes end earlier. */
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
    // Not the system time, which may be set back.
    const until = performance.now() + ms;
    // The place is nearly always the end of the list; only a scope with a shorter time comes before others.
    let place = this.last;
    while (place !== undefined && place.keptUntil > until) place = place.previous as T | undefined;
    this.insertAfter(place, scope);
    scope.keptUntil = until;
    if (place === undefined) this.sweepAfter(ms);
    this.shrink();
  }

  /** Ends the oldest scopes while a limit is exceeded. Also called when a kept scope takes a record. */
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
    // Outside of the scope that ends: a timer keeps the async context in which it was created.
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
