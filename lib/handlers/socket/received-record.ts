/** The payload of a frame as a record of ours, if it is one. */
import type { LogRecord } from '../../core/log-record';
import { receivedName } from '../../core/manager';
import { makeLogRecord } from '../../core/record-factory';
import { COST, PickleMachine } from './pickle-machine';
import { operate } from './pickle-opcodes';
import { OP } from './pickle-writer';
import { PlainData, plainJson } from './plain-data';
import { UnpicklingError } from './unpickling.error';

/**
 * Reads a pickle of protocol 0 to 5. None is null, int a number or beyond 2^53 a bigint, float a number, str a string,
 * list an array, tuple a frozen array, dict a Map, set and frozenset a Set, bytes and bytearray a Buffer; `datetime`,
 * `date` and `time` are ISO 8601 texts, `timedelta` is seconds. What stands behind STOP is left, as in CPython.
 *
 * Differs from `pickle.loads`: every other name, and every opcode that makes an object, is refused; so is a pickle
 * that would take more memory than 4 MiB and four times its length, or work of that measure: 1 MiB is read or refused
 * within 50 ms. Integers beyond 2^53 in a set, or as keys of a dict, are decimal texts.
 *
 * @throws UnpicklingError for anything else than such a pickle.
 */
export function decodePickle(bytes: Buffer): unknown {
  const machine = new PickleMachine(bytes);
  const { reader } = machine;
  try {
    for (;;) {
      const code = reader.byte();
      if (code === OP.stop) return machine.pop();
      machine.charge(COST.opcode);
      operate(code, machine);
    }
  } catch (error) {
    throw located(error, reader.position);
  }
}

function located(error: unknown, position: number): UnpicklingError {
  const why = error instanceof Error ? error.message : String(error);
  return new UnpicklingError(`${why}, before byte ${position}`, { cause: error });
}

/** No pickle begins with it: it is no opcode. */
const OPENING_BRACE = 0x7b;
/** Seconds that a Date can hold, on either side of 1970. */
const LAST_SECOND = 8.64e12;

interface Check {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
}

const TEXT: Check = { must: 'a text', holds: (value) => typeof value === 'string' };
const INTEGER: Check = { must: 'an integer', holds: (value) => Number.isSafeInteger(value) };
/** A thread's number may be beyond 2^53. */
const NUMBER: Check = {
  must: 'a number',
  holds: (value) => typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)),
};
const SECONDS: Check = {
  must: 'seconds since 1970',
  holds: (value) => typeof value === 'number' && Math.abs(value) <= LAST_SECOND,
};

/** Without these three there is no record. */
const NEEDED = ['name', 'levelno', 'msg'] as const;

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ['name', TEXT],
  ['levelno', INTEGER],
  ['levelname', TEXT],
  ['pathname', TEXT],
  ['filename', TEXT],
  ['module', TEXT],
  ['funcName', TEXT],
  ['exc_text', TEXT],
  ['stack_info', TEXT],
  ['threadName', TEXT],
  ['processName', TEXT],
  ['taskName', TEXT],
  ['asctime', TEXT],
  ['lineno', INTEGER],
  ['seq', INTEGER],
  ['process', NUMBER],
  ['thread', NUMBER],
  ['msecs', NUMBER],
  ['relativeCreated', NUMBER],
  ['created', SECONDS],
]);

/** Read elsewhere, or not at all: Python's sender has put the message together, and the text of the exception. */
const TAKEN: ReadonlySet<string> = new Set(['msg', 'args', 'message', 'exc_info']);

/**
 * Reads the attributes of a record from a pickle, or from JSON text, and makes the record.
 *
 * @throws UnpicklingError if the payload is neither, or is not a record: a dict with texts as keys, with `name`,
 * `levelno` and `msg`, and with values of the right types under the names of LogRecord's attributes.
 */
export function receivedRecord(payload: Buffer): LogRecord {
  const data = payload[0] === OPENING_BRACE ? plainJson(payload) : new PlainData().of(decodePickle(payload));
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype)
    throw new UnpicklingError('the frame holds no dict of attributes');
  return recordOf(data as Record<string, unknown>);
}

function recordOf(data: Readonly<Record<string, unknown>>): LogRecord {
  const missing = NEEDED.find((name) => !Object.hasOwn(data, name));
  if (missing !== undefined) throw new UnpicklingError(`the record has no "${missing}"`);
  const fields: Record<string, unknown> = { msg: data['msg'] };
  const extra: [string, unknown][] = [];
  for (const [name, value] of Object.entries(data)) {
    const check = CHECKS.get(name);
    if (check !== undefined) {
      if (value !== null) fields[name] = attribute(name, value, check);
      else if (name === 'name' || name === 'levelno')
        throw new UnpicklingError(`the record's "${name}" is None`);
    } else if (!TAKEN.has(name)) extra.push([name, value]);
  }
  // A sender of its own kind may leave the arguments to the receiver.
  fields['args'] = data['args'];
  fields['name'] = receivedName(String(fields['name']));
  const record = makeLogRecord(fields);
  // Not through makeLogRecord, which knows the names of attributes in our spelling too.
  if (extra.length > 0) record.extra = Object.fromEntries(extra);
  return record;
}

function attribute(name: string, value: unknown, check: Check): unknown {
  if (!check.holds(value)) throw new UnpicklingError(`the record's "${name}" is not ${check.must}`);
  return typeof value === 'bigint' ? Number(value) : value;
}
