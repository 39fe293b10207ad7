/**
 * The scope that a record was logged in, the AsyncLocalStorage that carries it, and the mark on a record that was held
 * back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { globalState } from '../internal/global-state';
import type { LogRecord } from './log-record';

/**
 * The part of a scope that core uses: its ids and its logger tree. Copies of the package of other versions use it
 * too, so it must not change.
 */
export interface RecordContext {
  /** Identifies the scope in this process and in the output. */
  readonly id: string;
  /** Ids printed on each record of the scope, such as `requestId` and `traceId`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The tree the scope's application logs to. */
  readonly tree: object;
  /** The outer scope, if another copy of the package opened it. */
  readonly outer?: RecordContext | undefined;
  /**
   * Writes or holds a record for `sink`, which has `target`, `ownPassThroughLevel`, `isShared` and `write(record,
   * limit)`.
   */
  route?(record: LogRecord, sink: object): void;
  /** Adds fields. Earlier versions do not have it. */
  set?(fields: Readonly<Record<string, unknown>>): void;
}

export const contextStorage = globalState(
  'context',
  () => new AsyncLocalStorage<RecordContext | undefined>(),
);

/** The current scope if another copy of the package has opened it, so that it has another class. */
export function foreignContext(own: abstract new (...args: never[]) => object): RecordContext | undefined {
  const context = contextStorage.getStore();
  return context?.route === undefined || context instanceof own ? undefined : context;
}

/** Why and in which scope a record was held before it was written. */
export interface HindsightMark {
  /** Id of the scope. */
  readonly scope: string;
  /** Why the scope wrote its records, such as `error` or `status 503`. */
  readonly reason: string;
  /** Records dropped at this place because the scope was full. */
  readonly dropped?: number;
  /** Only on the heading of a dump. */
  readonly dump?: DumpHeading;
}

/** The content of the heading of a dump, as data. */
export interface DumpHeading {
  /** Title of the unit of work, such as `POST /orders`. */
  readonly title: string;
  /** Time since the scope was opened. */
  readonly durationMs: number;
  /** Class and message of the Error, if there is one. */
  readonly error?: string;
  /** Number of records that follow. */
  readonly records: number;
  /** Number of records that were dropped because the scope was full. */
  readonly missing: number;
}
