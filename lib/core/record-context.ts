/** The unit of work a record was logged in, and the one AsyncLocalStorage that carries it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { globalState } from '../internal/global-state';
import type { LogRecord } from './log-record';

/**
 * What the core knows of a scope: enough to print its ids on a record and to find its logger tree. It is also all that one
 * copy of the package knows of the scopes of another, so nothing of it may change.
 */
export interface RecordContext {
  /** Identifies the scope in this process and in the output. */
  readonly id: string;
  /** Ids printed on each record of the scope, such as `requestId` and `traceId`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The tree the scope's application logs to. */
  readonly tree: object;
  /** Of another copy of the package: what this scope was opened in. */
  readonly outer?: RecordContext | undefined;
  /** Writes or holds a record for `sink`, which has `target`, `ownPassThroughLevel`, `isShared` and `write(record, limit)`. */
  route?(record: LogRecord, sink: object): void;
}

export const contextStorage = globalState(
  'context',
  () => new AsyncLocalStorage<RecordContext | undefined>(),
);

/** The scope, of another class than this copy's, that the running code is in: another copy of the package has opened it. */
export function foreignContext(own: abstract new (...args: never[]) => object): RecordContext | undefined {
  const context = contextStorage.getStore();
  return context?.route === undefined || context instanceof own ? undefined : context;
}
