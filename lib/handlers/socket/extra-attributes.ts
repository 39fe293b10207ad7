/** What a record carries beside Python's attributes: the scope's ids, the fields of `extra`, its place in a dump. */
import type { LogRecord } from '../../core/log-record';
import { RECORD_FIELDS } from '../../core/record-fields';
import { throwsMark } from '../../internal/foreign';

/** An extra of such a name would break the record that Python makes of it. */
const TAKEN: ReadonlySet<string> = new Set([...RECORD_FIELDS.keys(), 'hindsight', 'getMessage', 'toJSON']);

/** Calls `visit` for each; a name that is taken already gets `context.` or `extra.` in front. Never throws. */
export function eachExtraAttribute(record: LogRecord, visit: (name: string, value: unknown) => void): void {
  const { ids } = record;
  if (ids !== undefined) visitFields(ids, { prefix: 'context', taken: (key) => TAKEN.has(key) }, visit);
  const { extra } = record;
  if (extra !== undefined) {
    const taken = (key: string): boolean =>
      TAKEN.has(key) || (ids !== undefined && Object.hasOwn(ids, key) && ids[key] !== undefined);
    visitFields(extra, { prefix: 'extra', taken }, visit);
  }
  if (record.seq !== 0) visit('seq', record.seq);
  if (record.hindsight !== undefined) visit('hindsight', record.hindsight);
}

interface Naming {
  readonly prefix: 'context' | 'extra';
  readonly taken: (key: string) => boolean;
}

function visitFields(
  fields: Readonly<Record<string, unknown>>,
  { prefix, taken }: Naming,
  visit: (name: string, value: unknown) => void,
): void {
  for (const key of keysOf(fields, prefix, visit)) {
    let value: unknown;
    try {
      value = fields[key];
    } catch (error) {
      value = throwsMark(error);
    }
    if (value !== undefined) visit(taken(key) ? `${prefix}.${key}` : key, value);
  }
}

/** A Proxy may refuse to say what it holds: that is told in place of its fields. */
function keysOf(
  fields: Readonly<Record<string, unknown>>,
  prefix: string,
  visit: (name: string, value: unknown) => void,
): string[] {
  try {
    return Object.keys(fields);
  } catch (error) {
    visit(prefix, throwsMark(error));
    return [];
  }
}
