/** Scopes whose work is over, or given up by its client, and that are kept for a while: within a time and two limits. */
import { contextStorage } from '../core/record-context';
import { guarded } from '../core/attempt';
import type { HeldCount } from './held-count';

/** The part of a scope that a list needs. */
export interface KeptScope {
  readonly count: HeldCount;
}

export interface GraceLimits {
  /** Scopes kept at the same time. */
  readonly scopes: number;
  /** Records that they hold together. */
  readonly records: number;
}

/**
 * Ends its scopes in the order of their times, or earlier, the oldest first, when they are too many or hold too much.
 * A scope is in one list at a time.
 */
export class GraceList<T extends KeptScope> {
  /** Records held by the scopes of the list; changed where a scope's own count is. */
  records = 0;
  readonly #limits: GraceLimits;
  readonly #end: (scope: T) => void;
  /** A head index instead of shift(), which is slow on a long array. Scopes that left early stay until their turn. */
  #scopes: T[] = [];
  #head = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `end` is called with each scope whose time has come. */
  constructor(limits: GraceLimits, end: (scope: T) => void) {
    this.#limits = limits;
    this.#end = end;
  }

  /** Scopes that are kept now. */
  get size(): number {
    return this.#size;
  }

  /** Keeps a scope for `ms`. */
  add(scope: T, ms: number): void {
    scope.count.leave();
    scope.count.list = this;
    // Not the time of day, which may be set back.
    scope.count.until = performance.now() + ms;
    this.records += scope.count.held;
    this.#size++;
    this.#insert(scope, ms);
    this.shrink();
  }

  /** Called by a scope's count when the scope leaves the list before its time. @internal */
  left(held: number): void {
    this.records -= held;
    this.#size--;
    if (this.#size === 0) this.#clear();
    else if (this.#scopes.length > 1024 && this.#scopes.length - this.#head > 2 * this.#size) this.#compact();
  }

  /** Ends the oldest scopes while there is too much. Called when a scope that is kept takes in a record. */
  shrink(): void {
    while (this.records > this.#limits.records || this.#size > this.#limits.scopes) {
      if (!this.#endOldest()) return;
    }
  }

  /** Nearly always at the end: only a scope with a shorter time goes before others. */
  #insert(scope: T, ms: number): void {
    const list = this.#scopes;
    let at = list.length;
    while (at > this.#head && (list[at - 1]?.count.until ?? 0) > scope.count.until) at--;
    if (at === list.length) list.push(scope);
    else list.splice(at, 0, scope);
    if (at === this.#head) this.#sweepAfter(ms);
  }

  #sweepAfter(ms: number): void {
    clearTimeout(this.#timer);
    // Outside the scope that happens to end: a timer keeps the context it was made in.
    this.#timer = contextStorage.run(undefined, () =>
      setTimeout(
        guarded('the end of a scope', () => this.#sweep()),
        Math.max(1, ms),
      ).unref(),
    );
  }

  #isHere({ count }: T): boolean {
    return count.list === this;
  }

  #endOldest(): boolean {
    const scope = this.#scopes[this.#head];
    if (scope === undefined) return false;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#scopes.length) this.#compact();
    if (!this.#isHere(scope)) return true;
    scope.count.leave();
    this.#end(scope);
    return true;
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#scopes = [];
    this.#head = 0;
  }

  #compact(): void {
    this.#scopes = this.#scopes.slice(this.#head).filter((scope) => this.#isHere(scope));
    this.#head = 0;
  }

  #sweep(): void {
    const now = performance.now();
    let oldest = this.#scopes[this.#head];
    while (oldest !== undefined && (oldest.count.until <= now || !this.#isHere(oldest))) {
      this.#endOldest();
      oldest = this.#scopes[this.#head];
    }
    if (oldest === undefined) this.#clear();
    else this.#sweepAfter(oldest.count.until - now);
  }
}
