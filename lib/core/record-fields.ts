/** The fields of a record by the names in format strings: Python's, in Python's order. */
import type { LogRecord } from './log-record';

/** Maps Python's attribute names to ours. The order is that of `record.__dict__` (CPython 3.14), which pickles use. */
export const RECORD_FIELDS = new Map([
  ['name', 'name'],
  ['msg', 'msg'],
  ['args', 'args'],
  ['levelname', 'levelname'],
  ['levelno', 'levelno'],
  ['pathname', 'pathname'],
  ['filename', 'filename'],
  ['module', 'module'],
  ['exc_info', 'excInfo'],
  ['exc_text', 'excText'],
  ['stack_info', 'stackInfo'],
  ['lineno', 'lineno'],
  ['funcName', 'funcName'],
  ['created', 'created'],
  ['msecs', 'msecs'],
  ['relativeCreated', 'relativeCreated'],
  ['thread', 'thread'],
  ['threadName', 'threadName'],
  ['processName', 'processName'],
  ['process', 'process'],
  ['taskName', 'taskName'],
  ['message', 'message'],
  ['asctime', 'asctime'],
  ['seq', 'seq'],
] as const satisfies readonly (readonly [string, keyof LogRecord])[]);

export type RecordFieldName = Parameters<(typeof RECORD_FIELDS)['get']>[0];

/** The result of `lookupField` for an unknown name, because `undefined` is a valid value. */
export const MISSING = Symbol('missing field');

/** Returns a field by its name in a format string: of the record, of `extra`, or of the scope's ids. */
export function lookupField(record: LogRecord, name: string): unknown {
  const attribute = RECORD_FIELDS.get(name as RecordFieldName);
  if (attribute !== undefined) return record[attribute];
  const extra = record.extra;
  if (extra !== undefined && Object.hasOwn(extra, name)) return extra[name];
  const ids = record.ids;
  return ids !== undefined && Object.hasOwn(ids, name) ? ids[name] : MISSING;
}
