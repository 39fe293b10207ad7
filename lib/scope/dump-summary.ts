/** Tells an application that a scope was written. */
import { diagnostics } from '../core/diagnostics';
import type { DumpSummary } from './scope-options';
import { elapsedMs, type EndingScope } from './scope-verdict';

/** The part of a scope that a summary tells of. */
export interface DumpedScope extends EndingScope {
  readonly id: string;
  readonly title: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly options: { readonly onDump: ((summary: DumpSummary) => void) | undefined };
}

/** Calls `onDump`. What it throws is reported: a dump may happen where nobody could catch it. */
export function announceDump(scope: DumpedScope, reason: string, records: number): void {
  const { kind, title, error, id, fields, options } = scope;
  const durationMs = elapsedMs(scope);
  try {
    options.onDump?.({ kind, title, reason, error, scope: id, fields, durationMs, records });
  } catch (thrown) {
    diagnostics.report({ source: 'request logs', what: '"onDump" threw', error: thrown });
  }
}
