/** Cuts what is too long in a record before it is dumped. */
import { LogRecord } from '../core/log-record';

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
