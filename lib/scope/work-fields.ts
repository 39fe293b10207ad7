/** Checks the fields that an application gives a scope, which say for whom the work is done. */
import { diagnostics } from '../core/diagnostics';
import { RECORD_FIELDS } from '../core/record-fields';
import { isArray, isPlainObject, keysOf } from '../internal/foreign';

export type WorkFields = Readonly<Record<string, unknown>>;

/** Maximum of fields of one scope. */
const MAX_FIELDS = 64;
/** Maximum of characters in one field. A value that is no string counts as 16. */
const MAX_SIZE = 16_384;
const VALUE_SIZE = 16;
/** Maximum depth of nested data. */
const MAX_DEPTH = 8;
/** Characters of a name in a report. */
const SHOWN_NAME = 100;

/** The names of records, of ids, of the heading of a dump and of the request record. */
const RESERVED: ReadonlySet<string> = new Set([
  ...RECORD_FIELDS.keys(),
  ...RECORD_FIELDS.values(),
  ...`time level logger error err stack caller hindsight extra context ids
      requestId traceId parentSpanId spanId
      title durationMs records missing scope reason dropped dump
      method path route status bytes aborted request __proto__`.split(/\s+/),
]);

const DATA_TYPES: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint']);

/** Why a field cannot be used. */
class Refusal extends Error {}

/** Copies plain data, so that later changes of the original are not logged. */
class DataCopy {
  private left = MAX_SIZE;

  of(value: unknown, depth = 0): unknown {
    this.count(typeof value === 'string' ? value.length : VALUE_SIZE);
    if (value === null || DATA_TYPES.has(typeof value)) return value;
    if (depth === MAX_DEPTH) throw new Refusal('is nested too deeply');
    if (isArray(value)) return Array.from(value, (item) => this.of(item, depth + 1));
    if (!isPlainObject(value)) throw new Refusal('is not plain data');
    return Object.fromEntries(
      keysOf(value)
        .map((key) => [key, value[key]] as const)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => {
          this.count(key.length);
          return [key, this.of(item, depth + 1)];
        }),
    );
  }

  private count(characters: number): void {
    this.left -= characters;
    if (this.left < 0) throw new Refusal('is too large');
  }
}

function report(what: string, error?: unknown): void {
  diagnostics.report({ source: 'setFields', what, error });
}

function checkName(name: string, known: WorkFields): void {
  if (RESERVED.has(name)) throw new Refusal('has a reserved name');
  if (!Object.hasOwn(known, name) && Object.keys(known).length >= MAX_FIELDS)
    throw new Refusal(`is beyond the limit of ${MAX_FIELDS} fields`);
}

/** Returns the known fields with one more field, or the same object if nothing changes. */
function withField(known: WorkFields, name: string, value: unknown): WorkFields {
  if (value === undefined || (Object.hasOwn(known, name) && Object.is(known[name], value))) return known;
  checkName(name, known);
  return { ...known, [name]: new DataCopy().of(value) };
}

/**
 * Returns the known fields with the given ones, or the same object if nothing changes. A field that cannot be used is reported
 * and left out, because a guard that sets fields must not fail a request.
 */
export function addFields(known: WorkFields, given: unknown): WorkFields {
  if (!isPlainObject(given)) {
    report('the fields must be a plain object; they are ignored');
    return known;
  }
  let fields = known;
  for (const name of keysOf(given)) {
    try {
      fields = withField(fields, name, given[name]);
    } catch (error) {
      const isRefused = error instanceof Refusal;
      const cause = isRefused ? error.message : 'could not be read';
      report(
        `the field "${name.slice(0, SHOWN_NAME)}" ${cause}; it is ignored`,
        isRefused ? undefined : error,
      );
    }
  }
  return fields;
}
