/** Encodes a record as JSON text for another thread or process, and decodes it. */
import { inspect } from 'node:util';
import type { LogRecord } from '../core/log-record';
import type { DumpHeading, HindsightMark, RecordContext } from '../core/record-context';
import { FormatError } from '../errors';
import { asText, isPlainObject } from '../internal/foreign';
import { wholeMs } from '../internal/iso-time';
import { QueuedRecord } from './log-queue';
import { RECORD_VERSION, RecordEncoder } from './record-encoder';

/** The keys that JsonWriter writes for an Error before the application's own keys. */
const KNOWN: ReadonlySet<string> = new Set(['type', 'message', 'stack', 'cause', 'errors']);

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}

/** Returns an Error if the cause or member looks like one. Any other value stays as it is. */
function reviveInner(value: unknown): unknown {
  return isPlainObject(value) && typeof value['stack'] === 'string' ? reviveError(value) : value;
}

/** An Error with the same name, message, stack, cause, members and own keys. Its class is lost, so none of its code runs. */
export function reviveError(data: Readonly<Record<string, unknown>>): Error {
  const error = new Error(asText(data['message'] ?? ''));
  hide(error, 'name', asText(data['type'] ?? 'Error'));
  hide(error, 'stack', typeof data['stack'] === 'string' ? data['stack'] : undefined);
  if ('cause' in data) hide(error, 'cause', reviveInner(data['cause']));
  const members = data['errors'];
  if (Array.isArray(members)) hide(error, 'errors', members.map(reviveInner));
  for (const key of Object.keys(data)) {
    if (KNOWN.has(key)) continue;
    Object.defineProperty(error, key, {
      value: data[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return error;
}

const encoder = new RecordEncoder();

/**
 * The record as one line of JSON. The message is formatted, the Error becomes data, and `extra`, the scope's ids and the
 * `hindsight` mark are kept. Values that JSON does not support become text, as in JsonFormatter, and credentials in
 * `headers` are removed. Never throws because of a value in the record.
 */
export function encodeRecord(record: LogRecord): string {
  return encoder.encode(record);
}

type Data = Readonly<Record<string, unknown>>;

function parse(text: string): Data {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('not a record: the text is not JSON', { cause });
  }
  if (!isPlainObject(data)) throw new FormatError('not a record: the text is JSON, but not an object');
  if (data['v'] !== RECORD_VERSION) {
    throw new FormatError(
      `not a record of version ${RECORD_VERSION}, got ${inspect(data['v'])}: update this process or the one that wrote it`,
    );
  }
  return data;
}

function field<T extends 'string' | 'number'>(
  data: Data,
  key: string,
  type: T,
): T extends 'string' ? string : number {
  const value = data[key];
  const fits = type === 'number' ? isNumber(value) : typeof value === type;
  if (!fits) throw new FormatError(`not a record: "${key}" must be a ${type}`);
  return value as T extends 'string' ? string : number;
}

function contextOf(value: unknown): RecordContext | undefined {
  if (!isPlainObject(value) || typeof value['id'] !== 'string' || !isPlainObject(value['fields']))
    return undefined;
  // An empty tree, since the original one is in another thread or process.
  return { id: value['id'], fields: value['fields'], tree: {} };
}

/** Undefined unless every part has the right type, because numbers are printed without quotes. */
function markOf(value: unknown): HindsightMark | undefined {
  if (!isPlainObject(value)) return undefined;
  const { scope, reason, dropped, dump } = value;
  if (typeof scope !== 'string' || typeof reason !== 'string' || !isNumberOrNone(dropped)) return undefined;
  const heading = headingOf(dump);
  if (dump !== undefined && heading === undefined) return undefined;
  return {
    scope,
    reason,
    ...(dropped === undefined ? {} : { dropped }),
    ...(heading === undefined ? {} : { dump: heading }),
  };
}

function headingOf(value: unknown): DumpHeading | undefined {
  if (!isPlainObject(value)) return undefined;
  const { title, durationMs, error, records, missing } = value;
  if (typeof title !== 'string' || (error !== undefined && typeof error !== 'string')) return undefined;
  if (!isNumber(durationMs) || !isNumber(records) || !isNumber(missing)) return undefined;
  return { title, durationMs, ...(error === undefined ? {} : { error }), records, missing };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNone(value: unknown): value is number | undefined {
  return value === undefined || isNumber(value);
}

/** Sets known attributes of the right type only, since the text may come from anywhere. */
function setOptional(record: QueuedRecord, data: Data): void {
  const { base, extra, hindsight, ids, to } = data;
  record.extra = isPlainObject(extra) ? extra : undefined;
  if (isPlainObject(data['error'])) record.excInfo = reviveError(data['error']);
  else if ('thrown' in data) record.excInfo = data['thrown'];
  for (const key of ['excText', 'stackInfo', 'pathname', 'funcName', 'processName', 'threadName'] as const) {
    const value = data[key];
    if (typeof value === 'string') record[key] = value;
  }
  for (const key of ['seq', 'lineno', 'process', 'thread'] as const) {
    const value = data[key];
    if (isNumber(value)) record[key] = value;
  }
  const mark = markOf(hindsight);
  if (mark !== undefined) record.hindsight = mark;
  if (typeof to === 'string') record.to = to;
  if (isNumber(base)) record.relativeCreated = wholeMs(record.created) - base;
  record.context = contextOf(data['context']);
  if (isPlainObject(ids)) record.ids = ids;
}

/**
 * Decodes a record that `encodeRecord` wrote. Its Error has the name, message, stack and causes of the original.
 *
 * @throws FormatError `ERR_LOG_FORMAT` if the text is not a record.
 */
export function decodeRecord(text: string): QueuedRecord {
  const data = parse(text);
  const record = new QueuedRecord(
    field(data, 'name', 'string'),
    field(data, 'levelno', 'number'),
    field(data, 'message', 'string'),
    [],
    field(data, 'created', 'number'),
  );
  // Names added with addLevelName() are known only where the record was logged.
  record.levelname = field(data, 'levelname', 'string');
  setOptional(record, data);
  return record;
}
