/** Tells an application, and the active span, that a scope was written. */
import { activeSpan } from '../core/active-span';
import { attempt } from '../core/attempt';
import type { UnitOfWork } from './dump-limit';
import type { CompiledScopeOptions } from './scope-options';
import { elapsedMs, type EndingScope } from './scope-verdict';

/** What a dump is for. */
export interface DumpCause {
  readonly reason: string;
  readonly error: unknown;
}

/** The part of a scope that a summary tells of. */
export interface DumpedScope extends EndingScope {
  readonly id: string;
  readonly work: UnitOfWork;
  readonly title: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly options: Pick<CompiledScopeOptions, 'onDump' | 'dumpRecord' | 'maxRecordBytes'>;
}

/** `onDump` runs: a dump that its own records cause is not announced, or it could go on without an end. */
let isAnnouncing = false;

/** On the span that is active, or, where that has ended, on the one in which the work began. */
function markSpan({ id, work }: DumpedScope, reason: string, records: number): void {
  const span = [activeSpan(), work.span].find((candidate) => candidate?.isRecording() === true);
  span?.addEvent('log.dump', { reason, scope: id, records });
}

/** Adds an event to the span and calls `onDump`. What it throws is reported: nobody may be there to catch it. */
export function announceDump(scope: DumpedScope, { reason, error }: DumpCause, records: number): void {
  attempt('the span', () => markSpan(scope, reason, records));
  const { onDump } = scope.options;
  if (onDump === undefined || isAnnouncing) return;
  const { kind, title, id, fields } = scope;
  const durationMs = elapsedMs(scope);
  isAnnouncing = true;
  attempt('"onDump"', () => onDump({ kind, title, reason, error, scope: id, fields, durationMs, records }));
  isAnnouncing = false;
}
