/** How records are made: the factory a user may replace, and records from plain data. */
import { ConfigurationError } from '../errors';
import { isPlainObject } from '../internal/foreign';
import { processSlot } from '../internal/process-slot';
import { diagnostics } from './diagnostics';
import { getLevelName } from './level';
import { LogRecord } from './log-record';
import { RECORD_FIELDS, type RecordFieldName } from './record-fields';

/** Makes the record of one log call; `created` is in seconds. */
// oxlint-disable-next-line max-params -- the parameters of LogRecord
export type LogRecordFactory = (
  name: string,
  levelno: number,
  msg: unknown,
  args: readonly unknown[],
  created: number,
) => LogRecord;

interface FactorySlot {
  custom: LogRecordFactory | undefined;
  /** The factory runs: what it logs itself is made by the default. */
  making: boolean;
}

/** Read by Logger on each call: undefined means `new LogRecord`, without an indirect call. */
export const recordFactory = processSlot<FactorySlot>('record-factory', () => ({
  custom: undefined,
  making: false,
}));

const makeDefault: LogRecordFactory = (...parameters) => new LogRecord(...parameters);

/**
 * Replaces what makes records, for all trees of the process; `undefined` restores the default.
 * Ports logging.setLogRecordFactory (3.2).
 */
export function setLogRecordFactory(factory: LogRecordFactory | undefined): void {
  if (factory !== undefined && typeof factory !== 'function') {
    throw new ConfigurationError(`setLogRecordFactory: takes a function, got ${typeof factory}.`);
  }
  recordFactory.custom = factory === makeDefault ? undefined : factory;
}

export function getLogRecordFactory(): LogRecordFactory {
  return recordFactory.custom ?? makeDefault;
}

/** The factory's record; the default's when the factory throws, or logs: a log call never throws and always ends. */
export const makeByFactory: LogRecordFactory = (...fields) => {
  const { custom, making } = recordFactory;
  if (custom === undefined || making) return makeDefault(...fields);
  recordFactory.making = true;
  try {
    return custom(...fields);
  } catch (error) {
    diagnostics.report({
      source: 'LogRecordFactory',
      what: 'the factory threw and the default took its place',
      error,
    });
    return makeDefault(...fields);
  } finally {
    recordFactory.making = false;
  }
};

const OURS: ReadonlySet<string> = new Set(RECORD_FIELDS.values());

function assign(record: LogRecord, fields: Readonly<Record<string, unknown>>): void {
  const extra: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const attribute = RECORD_FIELDS.get(key as RecordFieldName) ?? (OURS.has(key) ? key : undefined);
    // Only listed attributes are set, so that data from a wire cannot replace a method or a prototype.
    if (attribute !== undefined) Reflect.set(record, attribute, value);
    else if (key === 'extra' && isPlainObject(value)) Object.assign(extra, value);
    else Object.defineProperty(extra, key, { value, enumerable: true, writable: true, configurable: true });
  }
  if (Object.keys(extra).length > 0) record.extra = extra;
}

/**
 * A record from plain data, in Python's spelling or ours; what is not an attribute goes to `extra`.
 * Ports logging.makeLogRecord (CPython 3.14). Differs: `levelname` follows a given `levelno`; Python says 'Level None'.
 *
 * @throws ConfigurationError if `fields` is not an object.
 */
export function makeLogRecord(fields: Readonly<Record<string, unknown>>): LogRecord {
  if (typeof fields !== 'object' || fields === null) {
    throw new ConfigurationError(`makeLogRecord: takes an object of fields, got ${String(fields)}.`);
  }
  const record = getLogRecordFactory()('', 0, '', [], Date.now() / 1000);
  if (!('levelname' in fields)) {
    record.levelname = typeof fields['levelno'] === 'number' ? getLevelName(fields['levelno']) : 'Level None';
  }
  assign(record, fields);
  return record;
}
