/** How records are made: the factory a user may replace, and records from plain data. */
import { types } from 'node:util';
import { ConfigurationError } from '../errors';
import { asText, isArray, isPlainObject, keysOf } from '../internal/foreign';
import { globalState } from '../internal/global-state';
import { diagnostics } from './diagnostics';
import { getLevelName } from './level';
import { LogRecord } from './log-record';
import { MappingArguments } from './mapping-arguments';
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
export const recordFactory = globalState<FactorySlot>('record-factory', () => ({
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
/** Printed as they are, without quotes: anything but a number would write what it wants into the line. */
const NUMBERS: ReadonlySet<string> = new Set(
  'levelno lineno created msecs relativeCreated process thread seq'.split(' '),
);
/** Read as they are, whatever they hold; all other attributes are texts. */
const ANY: ReadonlySet<string> = new Set(['msg', 'excInfo']);
const DECIMAL = /^[+-]?\d{1,15}(?:\.\d{1,15})?$/;
/** Seconds that a Date can hold, on either side of 1970. */
const LAST_SECOND = 8.64e12;

/** As a number, if it says one: `30`, `30n`, `'30'`, `true`; undefined for all else. */
function asNumber(attribute: string, value: unknown): number | undefined {
  const isText = typeof value === 'string' && DECIMAL.test(value);
  if (!isText && !['number', 'bigint', 'boolean'].includes(typeof value)) return undefined;
  const number = Number(value);
  const most = attribute === 'created' ? LAST_SECOND : Number.MAX_VALUE;
  return Math.abs(number) <= most ? number : undefined;
}

/** Python has a tuple, one argument, or a dict, whose keys the message may name; it does not look at what is false. */
function asArguments(value: unknown): readonly unknown[] {
  if (isArray(value)) return value;
  if (types.isMap(value)) return asArguments(Object.fromEntries(value));
  if (isPlainObject(value)) return keysOf(value).length === 0 ? [] : MappingArguments.of(value);
  return value ? [value] : [];
}

/** The value as the attribute may hold it; undefined for what it cannot. */
function fitting(attribute: string, value: unknown): unknown {
  if (NUMBERS.has(attribute)) return asNumber(attribute, value);
  // Of a number CPython makes the module 'Unknown module'.
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
    // Only listed attributes are set, so that data from a wire cannot replace a method or a prototype.
    const fits = value === null || value === undefined ? undefined : fitting(attribute, value);
    if (fits !== undefined) Reflect.set(record, attribute, fits);
    else if (attribute === 'msg') record.msg = value;
    // Nothing is lost: what cannot be the attribute is a field.
    else if (value !== null && value !== undefined) add(key, value);
  }
  if (Object.keys(extra).length > 0) record.extra = extra;
}

/**
 * A record from plain data, in Python's spelling or ours; what is not an attribute goes to `extra`.
 * Ports logging.makeLogRecord (CPython 3.14).
 *
 * The data may come from anywhere, so its types are checked. A text attribute converts its value to a text. A number
 * attribute takes a number, a bigint, a boolean or a text of decimal digits; any other value becomes a field of `extra`,
 * and the attribute keeps its default. `args` that are not an array become one argument; a plain
 * object gives the values for the names in a message such as `%(user)s paid %(price).2f`. Null means the default.
 *
 * Differs: `levelname` follows a given `levelno`; Python says 'Level None'. Python takes every value as it is.
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
