/** Which Errors a scope has already written, so that each is written once. */
import type { LogRecord } from '../core/log-record';
import { isError, readStack } from '../internal/foreign';
import { recentErrorsOf, type RecentErrors } from './recent-errors';
import { addErrorsOf } from './record-errors';
import type { ScopeKind } from './scope-outcome';

/** Errors are the same by identity, a thrown string or number by value. Nothing is allocated until there is one. */
export class WrittenErrors {
  #known: Set<unknown> | undefined;
  #stacks: Set<unknown> | undefined;
  readonly #recent: RecentErrors;
  readonly #byCall: boolean;

  constructor({ tree, work }: { readonly tree: object; readonly work: { readonly kind: ScopeKind } }) {
    this.#recent = recentErrorsOf(tree);
    this.#byCall = work.kind === 'call';
  }

  add(error: unknown): void {
    this.#known ??= new Set();
    if (this.#known.has(error)) return;
    this.#known.add(error);
    this.#recent.add(error, this.#byCall);
  }

  addStack(stack: string): void {
    (this.#stacks ??= new Set()).add(stack);
  }

  /** By its stack too, which some log as text. */
  has(error: unknown): boolean {
    if (this.#known?.has(error) === true) return true;
    return this.#stacks !== undefined && isError(error) && this.#stacks.has(readStack(error));
  }

  /** Notes every Error that the record prints. */
  addAllOf(record: LogRecord): void {
    addErrorsOf(record, this);
  }
}
