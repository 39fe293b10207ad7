/** The record in front of a dump: what a person needs to know before the story. */
import { INFO } from '../core/level';
import { LogRecord } from '../core/log-record';
import { describeError } from '../internal/describe-error';
import { placeIn } from './dump-limit';
import type { DumpCause, DumpedScope } from './dump-summary';
import type { DumpMark } from './held-records';
import { elapsedMs } from './scope-verdict';

/** `error: TypeError: …`, without saying twice that it is one. */
function causeOf(reason: string, error: string | undefined): string {
  if (error === undefined) return reason;
  return reason === 'error' ? error : `${reason}: ${error}`;
}

function idsOf({ requestId, traceId }: DumpedScope['fields']): string {
  const request = typeof requestId === 'string' ? `, request ${requestId}` : '';
  return typeof traceId === 'string' ? `${request}, trace ${traceId}` : request;
}

/** Marks what a scope writes, and puts a heading in front, with the time of the first record: it sorts there, too. */
export function dumpMark(scope: DumpedScope, reason: string, error: unknown): DumpMark & DumpCause {
  const { id, title, fields, options } = scope;
  // Once for all targets, so that they say the same.
  const durationMs = elapsedMs(scope);
  const heading = (first: LogRecord, records: number, missing: number): LogRecord => {
    const text = error === undefined ? undefined : describeError(error);
    const counts = `${records} held${missing === 0 ? '' : `, ${missing} missing`}${idsOf(fields)}`;
    const args = [title, durationMs, causeOf(reason, text), counts];
    const record = new LogRecord('nestjs-hindsight', INFO, '%s after %d ms: %s; %s', args, first.created);
    placeIn(scope, record);
    const dump = { title, durationMs, ...(text === undefined ? {} : { error: text }), records, missing };
    record.hindsight = { scope: id, reason, dump };
    return record;
  };
  return {
    scope: id,
    reason,
    error,
    limit: options.maxRecordBytes,
    heading: options.dumpRecord ? heading : undefined,
  };
}
