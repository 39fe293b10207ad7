/** Creates records: the factory, which a user may replace, and records from plain data. */
import { types } from 'node:util';
import { ConfigurationError } from '../errors';
import { asText, isArray, isPlainObject, keysOf } from '../internal/foreign';
import { globalState } from '../internal/global-state';
import { diagnostics } from './diagnostics';
import { getLevelName } from './level';
import { LogRecord } from './log-record';
import { MappingArguments } from './mapping-arguments';
import { RECORD_FIELDS, type RecordFieldName } from './record-fields';

/** Creates the record of one log call. `created` is in seconds. */
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
  /** True while the factory runs. A record that it logs itself is created by the default factory. */
  making: boolean;
}

/** Logger reads it at each call. Undefined means `new LogRecord`, without an indirect call. */
export const recordFactory = globalState('record-factory', (): FactorySlot => ({
  custom: undefined,
  making: false,
}));

const makeDefault: LogRecordFactory = (...parameters) => new LogRecord(...parameters);

/**
 * Replaces the factory of records, for all trees of the process. `undefined` restores the default.
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

/** The factory's record, or a default one if the factory throws or logs. A log call never throws and always ends. */
export const makeByFactory: LogRecordFactory = (...fields) => {
  const { custom, making } = recordFactory;
  if (custom === undefined || making) return makeDefault(...fields);
  recordFactory.making = true;
  try {
    return custom(...fields);
  } catch (error) {
    diagnostics.report({
      source: 'LogRecordFactory',
      what: 'the factory threw, so the default was used',
      error,
    });
    return makeDefault(...fields);
  } finally {
    recordFactory.making = false;
  }
};

const OURS: ReadonlySet<string> = new Set(RECORD_FIELDS.values());
/** Must be numbers, since they are printed without quotes. */
const NUMBERS: ReadonlySet<string> = new Set(
  'levelno lineno created msecs relativeCreated process thread seq'.split(' '),
);
/** Attributes of any type. All others are strings. */
const ANY: ReadonlySet<string> = new Set(['msg', 'excInfo']);
const DECIMAL = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/;
/** The largest number of seconds since 1970 that a Date can hold. */
const LAST_SECOND = 8.64e12;

/** The number of a value such as `30`, `30n`, `'30'` or `true`. Undefined for other values. */
function asNumber(attribute: string, value: unknown): number | undefined {
  const isText = typeof value === 'string' && DECIMAL.test(value);
  if (!isText && !['number', 'bigint', 'boolean'].includes(typeof value)) return undefined;
  const number = Number(value);
  const most = attribute === 'created' ? LAST_SECOND : Number.MAX_VALUE;
  return Math.abs(number) <= most ? number : undefined;
}

/** Python's `args` is a tuple, one argument, or a dict with named arguments. A false value means no arguments. */
function asArguments(value: unknown): readonly unknown[] {
  if (isArray(value)) return value;
  if (types.isMap(value)) return asArguments(Object.fromEntries(value));
  if (isPlainObject(value)) return keysOf(value).length === 0 ? [] : MappingArguments.of(value);
  return value ? [value] : [];
}

/** The value converted for the attribute. Undefined if it does not fit. */
function fitting(attribute: string, value: unknown): unknown {
  if (NUMBERS.has(attribute)) return asNumber(attribute, value);
  // A number is kept: CPython makes the module 'Unknown module' from it.
  if (ANY.has(attribute) || (attribute === 'pathname' && typeof value === 'number')) return value;
  return attribute === 'args' ? asArguments(value) : asText(value);
}

function assign(record: LogRecord, fields: Readonly<Record<string, unknown>>): void {
  const extra: Record<string, unknown> = {};
  const add = (key: string, value: unknown): void =>
    void Object.defineProperty(extra, key, { value, enumerable: true, writable: true, configurable: true });
  for (const [key, value] of Object.entries(fields)) {
    const attribute = RECORD_FIELDS.get(key as RecordFieldName) ?? (OURS.has(key) ? key : undefined);
    if (attribute === undefined) {
      if (key === 'extra' && isPlainObject(value)) for (const name of keysOf(value)) add(name, value[name]);
      else add(key, value);
      continue;
    }
    // Only listed attributes are set, so that data from outside cannot replace a method or the prototype.
    const fits = value === null || value === undefined ? undefined : fitting(attribute, value);
    if (fits !== undefined) Reflect.set(record, attribute, fits);
    else if (attribute === 'msg') record.msg = value;
    // A value that does not fit becomes a field of `extra`.
    else if (value !== null && value !== undefined) add(key, value);
  }
  if (Object.keys(extra).length > 0) record.extra = extra;
}

/**
 * Creates a record from plain data, with Python's names or ours. Other keys go to `extra`.
 * Ports logging.makeLogRecord (CPython 3.14).
 *
 * The data may come from anywhere, so its types are checked. A string attribute converts its value to a string. A number
 * attribute takes a number, a bigint, a boolean or a string of decimal digits. Any other value becomes a field of `extra`,
 * and the attribute keeps its default. `args` that are not an array become one argument. A plain object gives the values
 * for the names in a message such as `%(user)s paid %(price).2f`. Null means the default.
 *
 * Differs: without `levelname`, it is the name of `levelno`, where Python has 'Level None'. Python does not check types.
 *
 * @throws ConfigurationError if `fields` is not an object.
 */
export function makeLogRecord(fields: Readonly<Record<string, unknown>>): LogRecord {
  if (typeof fields !== 'object' || fields === null) {
    throw new ConfigurationError(`makeLogRecord: takes an object of fields, got ${String(fields)}.`);
  }
  const record = getLogRecordFactory()('', 0, '', [], Date.now() / 1000);
  if (!('levelname' in fields)) {
    const levelno = asNumber('levelno', fields['levelno']);
    record.levelname = levelno === undefined ? 'Level None' : getLevelName(levelno);
  }
  assign(record, fields);
  return record;
}
