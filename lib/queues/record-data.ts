/** A record as JSON text and back: what leaves the thread or the process. */
import { inspect } from 'node:util';
import type { LogRecord } from '../core/log-record';
import type { RecordContext } from '../core/record-context';
import { FormatError } from '../errors';
import { JsonWriter } from '../formatters/json/json-writer';
import { quote } from '../formatters/json/json-text';
import { isError } from '../internal/is-error';
import { isPlainObject } from '../internal/plain-object';
import { reviveError } from './error-data';
import { QueuedRecord } from './queued-record';

/** Wider than a formatter's: what is printed is decided behind the queue. */
const LIMITS = { maxStringLength: 262_144, maxDepth: 16, maxEntries: 2000 } as const;
const VERSION = 1;

const writer = new JsonWriter(LIMITS, undefined);

/** Names and numbers of the process and thread are the same for nearly all records. */
const last = { process: -1, thread: -1, processName: '', threadName: '', text: '' };

function originText(record: LogRecord): string {
  const { process, processName, thread, threadName } = record;
  const same =
    last.process === process &&
    last.thread === thread &&
    last.processName === processName &&
    last.threadName === threadName;
  if (!same) {
    const origin = { process, processName, thread, threadName };
    Object.assign(last, origin, { text: writer.write(origin).slice(1, -1) });
  }
  return last.text;
}

function errorText(error: unknown): string {
  if (error === undefined || error === null) return '';
  return isError(error) ? `,"error":${writer.write(error)}` : `,"thrown":${writer.write(error)}`;
}

/** What few records have. */
function restText(record: LogRecord): string {
  const parts = record instanceof QueuedRecord ? record.parts : undefined;
  const { excInfo, excText, stackInfo } = parts ?? record;
  let text = errorText(excInfo);
  // The text of an Error is made of it again; only a text that has no Error is sent.
  if (text === '' && excText) text = `,"excText":${writer.string(excText)}`;
  if (stackInfo) text += `,"stackInfo":${writer.string(stackInfo)}`;
  if (record.context !== undefined) {
    const { id, fields } = record.context;
    text += `,"context":{"id":${quote(id)},"fields":${writer.write(fields)}}`;
  }
  if (record.seq !== 0) text += `,"seq":${record.seq}`;
  if (record.hindsight !== undefined) text += `,"hindsight":${writer.write(record.hindsight)}`;
  if (record.lineno !== 0) text += callerText(record);
  if (record instanceof QueuedRecord && record.to !== undefined) text += `,"to":${quote(record.to)}`;
  return text;
}

function callerText({ pathname, lineno, funcName }: LogRecord): string {
  const name = funcName === undefined ? '' : `,"funcName":${writer.write(funcName)}`;
  return `,"pathname":${writer.write(pathname)},"lineno":${lineno}${name}`;
}

function messageOf(record: LogRecord): string {
  if (record instanceof QueuedRecord && record.parts !== undefined) return record.parts.message;
  return record.getMessage();
}

/**
 * The record as one line of JSON. Arguments are rendered; the Error is data; `extra`, the scope's ids and the mark of
 * hindsight are kept. Values that JSON has no word for become text, as JsonFormatter writes them, and credentials in
 * `headers` are taken out. Never throws for a value it holds.
 */
export function encodeRecord(record: LogRecord): string {
  writer.begin();
  const { extra } = record;
  return (
    `{"v":${VERSION},"name":${writer.write(record.name)},"levelno":${record.levelno},"levelname":${writer.write(record.levelname)},` +
    `"created":${record.created},"relativeCreated":${record.relativeCreated},"message":${writer.string(messageOf(record))},` +
    `${originText(record)}${extra === undefined ? '' : `,"extra":${writer.write(extra)}`}${restText(record)}}`
  );
}

type Data = Readonly<Record<string, unknown>>;

function parse(text: string): Data {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new FormatError('not a record: the text is not JSON', { cause });
  }
  if (!isPlainObject(data)) throw new FormatError('not a record: the text is JSON, but no object');
  if (data['v'] !== VERSION) {
    throw new FormatError(
      `not a record of version ${VERSION}, got ${inspect(data['v'])}: update this process or the one that wrote it`,
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
  if (typeof value !== type) throw new FormatError(`not a record: "${key}" must be a ${type}`);
  return value as T extends 'string' ? string : number;
}

function contextOf(value: unknown): RecordContext | undefined {
  if (!isPlainObject(value) || typeof value['id'] !== 'string' || !isPlainObject(value['fields']))
    return undefined;
  // A tree of its own: the one it was logged in is in another thread or process.
  return { id: value['id'], fields: value['fields'], tree: {} };
}

/** Only what is known is set, and only as what it must be: the text may come from anywhere. */
function setOptional(record: QueuedRecord, data: Data): void {
  const { extra, hindsight, to } = data;
  record.extra = isPlainObject(extra) ? extra : undefined;
  if (isPlainObject(data['error'])) record.excInfo = reviveError(data['error']);
  else if ('thrown' in data) record.excInfo = data['thrown'];
  for (const key of ['excText', 'stackInfo', 'pathname', 'funcName', 'processName', 'threadName'] as const) {
    const value = data[key];
    if (typeof value === 'string') record[key] = value;
  }
  for (const key of ['relativeCreated', 'seq', 'lineno', 'process', 'thread'] as const) {
    const value = data[key];
    if (typeof value === 'number') record[key] = value;
  }
  if (isPlainObject(hindsight))
    record.hindsight = hindsight as unknown as NonNullable<LogRecord['hindsight']>;
  if (typeof to === 'string') record.to = to;
  record.context = contextOf(data['context']);
}

/**
 * The record that `encodeRecord` wrote. Its Error has the name, message, stack and causes of the original.
 *
 * @throws FormatError `ERR_LOG_FORMAT` for a text that is no record.
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
  // Names that were given with addLevelName are known where the record was logged.
  record.levelname = field(data, 'levelname', 'string');
  setOptional(record, data);
  return record;
}
