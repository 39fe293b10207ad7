/** Parts of a dump: the heading record, the cutting of long records, the call of `onDump` and the event on the span. */
import { activeSpan, stampSpan, type ActiveSpan } from '../core/active-span';
import { attempt } from '../core/diagnostics';
import { INFO } from '../core/level';
import { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import type { Clock } from '../internal/clock';
import { describeError } from '../internal/error-code';
import type { CompiledScopeOptions, ScopeKind } from './options';
import type { DumpMark } from './records';

/** Milliseconds since the scope was opened; never negative, although the clock may be set back. */
export function elapsedMs({ startedAt, tree }: TimedScope): number {
  return Math.max(0, tree.clock.now() - startedAt);
}

interface TimedScope {
  /** ms since the epoch */
  readonly startedAt: number;
  readonly tree: { readonly clock: Clock };
}

/** A scope with the span that was active when its work began. At its end no span may be active. */
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

/** Why a scope is dumped. */
export interface DumpCause {
  readonly reason: string;
  readonly error: unknown;
}

/** Puts a record into the scope and stamps it with the ids of the span. */
export function placeIn(scope: ScopeWithSpan, record: LogRecord): void {
  record.context = scope;
  stampSpan(record, scope.work.span);
}

/** `level ERROR: TypeError: …`; just `TypeError: …` if the reason is `error`. */
function causeOf(reason: string, error: string | undefined): string {
  if (error === undefined) return reason;
  return reason === 'error' ? error : `${reason}: ${error}`;
}

function idsOf({ requestId, traceId }: RecordContext['fields']): string {
  const request = typeof requestId === 'string' ? `, request ${requestId}` : '';
  return typeof traceId === 'string' ? `${request}, trace ${traceId}` : request;
}

/** The mark for the records of a dump, and its heading. The heading has the time of the first record, so it is also sorted first. */
export function dumpMark(scope: DumpedScope, reason: string, error: unknown): DumpMark & DumpCause {
  const { id, title, fields, options } = scope;
  // Computed once, so that it is the same for all targets.
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

/** `onDump` is running. A dump that its own records cause is not announced, to avoid an endless loop. */
let isAnnouncing = false;

/** Uses the active span, or if that has ended, the span in which the work began. */
function markSpan({ id, work }: DumpedScope, reason: string, records: number): void {
  const span = [activeSpan(), work.span].find((candidate) => candidate?.isRecording() === true);
  span?.addEvent('log.dump', { reason, scope: id, records });
}

/** Adds an event to the span and calls `onDump`. Their Errors are reported, because often no caller could catch them. */
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

/** Approximate length of the time, level, names and ids of a line. */
const LINE_LENGTH = 150;

function cut(text: string, limit: number): string {
  const over = text.length - limit;
  return over <= 0 ? text : `${text.slice(0, limit)}… [${over} more characters cut]`;
}

function isLong(value: unknown, limit: number): boolean {
  return typeof value === 'string' && value.length > limit;
}

/** Cuts the printed message, not the arguments: a formatter that redacts must still find them. */
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

/** An upper limit for the length of a message with plain arguments, without rendering it; undefined if unknown. */
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
 * Cuts a message or field that is longer than `limit`, and adds a marker with the number of cut characters. The limit is
 * compared with UTF-16 units: that is exact for ASCII; other text may have up to three times as many bytes. Returns the
 * approximate length of the record's line.
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
    // A record that cannot be rendered must not stop the dump. The handler reports it.
    return LINE_LENGTH;
  }
}
