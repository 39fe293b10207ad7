/** The unit of work a record was logged in, and the one AsyncLocalStorage that carries it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { processSlot } from '../internal/process-slot';

/** What the core knows of a scope: enough to print its ids on a record and to find its logger tree. */
export interface RecordContext {
  /** Identifies the scope in this process and in the output. */
  readonly id: string;
  /** Ids printed on each record of the scope, such as `requestId` and `traceId`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The tree the scope's application logs to. */
  readonly tree: object;
}

export const contextStorage = processSlot(
  'context',
  () => new AsyncLocalStorage<RecordContext | undefined>(),
);
