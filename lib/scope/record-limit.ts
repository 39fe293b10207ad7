/** Cuts what is too long in a record before it is dumped. */
import { LogRecord } from '../core/log-record';

/** Characters of the longest number as text, such as -1.7976931348623157e+308. */
const MAX_NUMBER_LENGTH = 25;

/** Time, level, names and ids of a JSON line. */
const LINE_BYTES = 150;
/** An object with a few fields. */
const OBJECT_BYTES = 200;

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

/** True if the texts of a plain call cannot add up to the limit; nothing is rendered to find out. */
function isSurelyShort({ msg, args }: LogRecord, limit: number): boolean {
  if (typeof msg !== 'string') return false;
  let length = msg.length;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (typeof argument === 'string') length += argument.length;
    else if (typeof argument === 'number' || typeof argument === 'boolean') length += MAX_NUMBER_LENGTH;
    else return false;
  }
  return length <= limit;
}

/** Bytes of a record's line, roughly: what is rendered may be long, and measuring it would be rendering it twice. */
export function roughBytes({ msg, args }: LogRecord): number {
  let bytes = LINE_BYTES + (typeof msg === 'string' ? msg.length : OBJECT_BYTES);
  for (const argument of args) {
    bytes += typeof argument === 'string' ? argument.length : typeof argument === 'object' ? OBJECT_BYTES : 8;
  }
  return bytes;
}

/**
 * A message or field longer than `limit` is cut, with a marker that says by how much. UTF-16 units stand for bytes here:
 * exact for ASCII, and an upper limit of a third for the rest.
 */
export function limitRecord(record: LogRecord, limit: number): void {
  if (isSurelyShort(record, limit)) return;
  try {
    if (record.getMessage().length > limit) limitMessage(record, limit);
    limitFields(record, limit);
  } catch {
    // A record that cannot be rendered must not end the dump: the handler it goes to reports it.
  }
}
