/** What a scope is opened with, the fields it shares with the scope around it, and the states it can be in. */
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import type { Departure } from './departure';
import type { OutgoingHeaders } from './request-ids';
import type { CompiledScopeOptions } from './scope-options';
import type { ScopeKind } from './scope-outcome';
import type { ScopeSink } from './scope-sink';

type Fields = Readonly<Record<string, unknown>>;

/** What a scope is opened with. */
export interface LogScopeInit {
  readonly kind: ScopeKind;
  readonly options: CompiledScopeOptions;
  /** The tree the scope's application logs to. */
  readonly tree: Manager;
  /** Ids printed on each record, beside those of the parent. */
  readonly fields?: Fields;
  /** What failed, in the record of an Error that nobody logged, such as `GET /orders/13`. Outlives the work. */
  readonly title?: () => string;
  /** Headers for the services that the work calls. @defaultValue those of the scope around it */
  readonly headers?: () => OutgoingHeaders;
  /** Where the scope's own records are logged. @defaultValue the tree's logger `http` or `call` */
  readonly logger?: Logger | undefined;
  /** The handler that acts in this scope and the scopes inside only. */
  readonly owner?: ScopeSink | undefined;
  /** Knows the Errors that the leaving of the client explains. */
  readonly departure?: Departure;
}

const NO_FIELDS: Fields = {};

/** Outside a request there are no ids to hand on. */
export const noHeaders = (): OutgoingHeaders => ({});

/** A scope's own fields beside those of the scope around it. */
export function joinFields(outer: Fields = NO_FIELDS, own: Fields = NO_FIELDS): Fields {
  if (own === NO_FIELDS) return outer;
  return outer === NO_FIELDS ? own : { ...outer, ...own };
}

/** What is in a record that a scope logs itself. */
export interface OwnRecord {
  readonly args: readonly unknown[];
  readonly error?: unknown;
}

/**
 * - `holding`: records below the pass-through level are kept.
 * - `passing`: dumped or forced; everything is written at once.
 * - `off`: opted out; nothing is kept.
 * - `flooded`: failed when too many others did; it was counted, and nothing is kept.
 * - `closed`: over; records are treated as outside any scope.
 */
export type ScopeState = 'holding' | 'passing' | 'off' | 'flooded' | 'closed';
