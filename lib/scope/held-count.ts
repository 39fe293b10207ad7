/** How many records one scope holds. */
import { scopeRegistry } from './scope-registry';

/** The list that keeps a scope after its end, as far as counting goes. */
export interface KeepingList {
  records: number;
  left(held: number): void;
}

/** How many records one scope holds: the one place where that number changes, and those of the process and of its list. */
export class HeldCount {
  held = 0;
  /** Where the scope is kept after its end. */
  list: KeepingList | undefined = undefined;
  /** Until when, on the clock of `performance.now()`. */
  until = 0;

  add(by: number): void {
    this.held += by;
    scopeRegistry.held += by;
    if (this.list !== undefined) this.list.records += by;
  }

  /** The scope is not kept any longer, or by another list. */
  leave(): void {
    const { list } = this;
    this.list = undefined;
    list?.left(this.held);
  }
}
