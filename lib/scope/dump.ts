/** A dump: the heading in front, the cut of long records, `onDump` and the event of the span. */
import { activeSpan, stampSpan, type ActiveSpan } from '../core/active-span';
import { attempt } from '../core/diagnostics';
import { INFO } from '../core/level';
import { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import type { Clock } from '../internal/clock';
import { describeError } from '../internal/error-code';
import type { CompiledScopeOptions, ScopeKind } from './options';
import type { DumpMark } from './records';

/** Milliseconds since the scope was opened; a clock that was set back makes no negative durations. */
export function elapsedMs({ startedAt, tree }: TimedScope): number {
  return Math.max(0, tree.clock.now() - startedAt);
}

interface TimedScope {
  /** ms since the epoch */
  readonly startedAt: number;
  readonly tree: { readonly clock: Clock };
}

/** A scope with the span that was active when its work began: at its end, there may be none. */
interface ScopeWithSpan extends RecordContext {
  readonly work: { readonly span: ActiveSpan | undefined };
}

/** The part of a scope that a dump needs. */
export interface DumpedScope extends ScopeWithSpan, Omit<TimedScope, 'tree'> {
  readonly kind: ScopeKind;
  readonly tree: TimedScope['tree'];
  readonly title: string;
  readonly options: Pick<CompiledScopeOptions, 'onDump' | 'dumpRecord' | 'maxRecordBytes'>;
}

/** What a dump is for. */
export interface DumpCause {
  readonly reason: string;
  readonly error: unknown;
}

/** Makes a record one of the scope's, with the ids of its span. */
export function placeIn(scope: ScopeWithSpan, record: LogRecord): void {
  record.context = scope;
  stampSpan(record, scope.work.span);
}

/** `error: TypeError: …`, without saying twice that it is one. */
function causeOf(reason: string, error: string | undefined): string {
  if (error === undefined) return reason;
  return reason === 'error' ? error : `${reason}: ${error}`;
}

function idsOf({ requestId, traceId }: RecordContext['fields']): string {
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
    const held = `${records} held${missing === 0 ? '' : `, ${missing} missing`}${idsOf(fields)}`;
    const args = [title, durationMs, causeOf(reason, text), held];
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

/** Characters of the longest number as text, such as -1.7976931348623157e+308. */
const MAX_NUMBER_LENGTH = 25;

/** Time, level, names and ids of a line. */
const LINE_LENGTH = 150;

function cut(text: string, limit: number): string {
  const over = text.length - limit;
  return over <= 0 ? text : `${text.slice(0, limit)}… [${over} more characters cut]`;
}

function isLong(value: unknown, limit: number): boolean {
  return typeof value === 'string' && value.length > limit;
}

/** What the handler prints is cut, and not the arguments: a formatter that redacts must still find them. */
function limitMessage(record: LogRecord, limit: number): void {
  record.getMessage = (replacer) => cut(LogRecord.prototype.getMessage.call(record, replacer), limit);
}

function limitFields(record: LogRecord, limit: number): void {
  const { extra } = record;
  if (extra === undefined) return;
  const long = Object.keys(extra).filter((key) => isLong(extra[key], limit));
  if (long.length === 0) return;
  record.extra = {
    ...extra,
    ...Object.fromEntries(long.map((key) => [key, cut(String(extra[key]), limit)])),
  };
}

/** The most that the text of a plain call can be, without rendering it; undefined where that is not known. */
function longestText({ msg, args }: LogRecord): number | undefined {
  if (typeof msg !== 'string') return undefined;
  let length = msg.length;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (typeof argument === 'string') length += argument.length;
    else if (typeof argument === 'number' || typeof argument === 'boolean') length += MAX_NUMBER_LENGTH;
    else return undefined;
  }
  return length;
}

/**
 * A message or field longer than `limit` is cut, with a marker that says by how much. UTF-16 units stand for bytes here:
 * exact for ASCII, and an upper limit of a third for the rest. Returns about how long the record's line is.
 */
export function limitRecord(record: LogRecord, limit: number): number {
  const longest = longestText(record);
  if (longest !== undefined && longest <= limit) return LINE_LENGTH + longest;
  try {
    const { length } = record.getMessage();
    if (length > limit) limitMessage(record, limit);
    limitFields(record, limit);
    return LINE_LENGTH + Math.min(length, limit);
  } catch {
    // A record that cannot be rendered must not end the dump: the handler it goes to reports it.
    return LINE_LENGTH;
  }
}
