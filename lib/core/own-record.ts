/** Converts records of other copies of the package. */
import { LogRecord } from './log-record';

/** Attributes of a record other than the arguments of its constructor. They are public and keep their names. */
const ATTRIBUTES = [
  'context',
  'seq',
  'hindsight',
  'ids',
  'extra',
  'stackInfo',
  'excText',
  'levelname',
  'pathname',
  'filename',
  'module',
  'lineno',
  'funcName',
  'msecs',
  'relativeCreated',
  'process',
  'processName',
  'thread',
  'threadName',
  'taskName',
  'message',
  'asctime',
] as const satisfies readonly (keyof LogRecord)[];

/** Cached, so that two handlers get the same object for the same record. */
const known = new WeakMap<LogRecord, LogRecord>();

function copyOf(record: LogRecord): LogRecord {
  const { name, levelno, msg, args, created } = record;
  const own = new LogRecord(name, levelno, msg, args, created);
  for (const attribute of ATTRIBUTES) {
    const value = record[attribute];
    if (value !== undefined && value !== own[attribute]) Reflect.set(own, attribute, value);
  }
  const error = record.excInfo;
  // An Error of the arguments is found again there.
  if (error !== undefined && error !== msg && !args.includes(error)) own.excInfo = error;
  return own;
}

/** The record, or a copy of it as a LogRecord of this copy of the package. Only reads public attributes. */
export function ownRecord(record: LogRecord): LogRecord {
  if (record instanceof LogRecord) return record;
  let own = known.get(record);
  if (own === undefined) known.set(record, (own = copyOf(record)));
  return own;
}
