/** Cuts what is too long in a record before it is dumped. */
import type { LogRecord } from '../core/log-record';

function cut(text: string, limit: number): string {
  const over = text.length - limit;
  return over <= 0 ? text : `${text.slice(0, limit)}… [${over} more characters cut]`;
}

function isLong(value: unknown, limit: number): boolean {
  return typeof value === 'string' && value.length > limit;
}

/**
 * A message or field longer than `limit` is cut, with a marker that says by how much. UTF-16 units stand for bytes here:
 * exact for ASCII, and an upper limit of a third for the rest.
 */
export function limitRecord(record: LogRecord, limit: number): void {
  const text = record.getMessage();
  const { extra, excInfo } = record;
  const longFields = extra === undefined ? [] : Object.keys(extra).filter((key) => isLong(extra[key], limit));
  if (text.length <= limit && longFields.length === 0) return;
  record.extra =
    extra === undefined
      ? undefined
      : { ...extra, ...Object.fromEntries(longFields.map((key) => [key, cut(String(extra[key]), limit)])) };
  record.excInfo = excInfo;
  if (text.length > limit) {
    record.msg = cut(text, limit);
    record.args = [];
  }
}
