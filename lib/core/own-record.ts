/** Records of other copies of the package, read as data. */
import { LogRecord } from './log-record';

/** What a record may hold besides the five arguments of its constructor. Each is public and keeps its name. */
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

/** Two handlers that get the same record must know it for the same. */
const known = new WeakMap<LogRecord, LogRecord>();

function copyOf(record: LogRecord): LogRecord {
  const { name, levelno, msg, args, created } = record;
  const own = new LogRecord(name, levelno, msg, args, created);
  for (const attribute of ATTRIBUTES) {
    const value = record[attribute];
    if (value !== undefined && value !== own[attribute]) Reflect.set(own, attribute, value);
  }
  const error = record.excInfo;
  // One among the arguments is found again, and is part of the message as it was.
  if (error !== undefined && error !== msg && !args.includes(error)) own.excInfo = error;
  return own;
}

/** The record, or one of this copy of the package with the same content: only public attributes of the other are read. */
export function ownRecord(record: LogRecord): LogRecord {
  if (record instanceof LogRecord) return record;
  let own = known.get(record);
  if (own === undefined) known.set(record, (own = copyOf(record)));
  return own;
}
