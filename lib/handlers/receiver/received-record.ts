/** Creates a record from the payload of a frame, and passes it to the logger with its name. */
import type { LogRecord } from '../../core/log-record';
import { nearestLogger, receivedName, type Manager } from '../../core/manager';
import { makeLogRecord } from '../../core/record-factory';
import { UnpicklingError } from '../../errors';
import { COST, PickleMachine } from '../pickle/pickle-machine';
import { operate } from '../pickle/pickle-opcodes';
import { OP } from '../pickle/pickle-writer';
import { PlainData, plainJson } from './plain-data';

/**
 * Reads a pickle of protocol 0 to 5. None is null, int a number or beyond 2^53 a bigint, float a number, str a string,
 * list an array, tuple a frozen array, dict a Map, set and frozenset a Set, bytes and bytearray a Buffer; `datetime`,
 * `date` and `time` are ISO 8601 texts, `timedelta` is seconds. Bytes after STOP are ignored, as in CPython.
 *
 * Differs from `pickle.loads`: every other name, and every opcode that creates an object, is refused. A pickle that needs
 * more memory than 4 MiB plus four times its length, or as much work, is refused: 1 MiB is read or refused within 50 ms.
 * Integers beyond 2^53 in a set, or as keys of a dict, are decimal texts.
 *
 * @throws UnpicklingError for all other bytes.
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

/** The first byte of JSON. No pickle begins with it, as it is not an opcode. */
const OPENING_BRACE = 0x7b;
/** Most seconds before and after 1970 that a Date can hold. */
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

/** Every record has these three. */
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

/** Attributes that are not copied: Python's sender has already formatted the message and the exception. */
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
  // A custom sender may leave the formatting to the receiver.
  fields['args'] = data['args'];
  fields['name'] = receivedName(String(fields['name']));
  const record = makeLogRecord(fields);
  // Do not use makeLogRecord, which would also accept our own attribute names.
  if (extra.length > 0) record.extra = Object.fromEntries(extra);
  return record;
}

function attribute(name: string, value: unknown, check: Check): unknown {
  if (!check.holds(value)) throw new UnpicklingError(`the record's "${name}" is not ${check.must}`);
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Loggers are never freed, so the number of new logger names from senders is limited. */
const MAX_NEW_LOGGERS = 1000;

/** As in the cookbook's server, the level of the logger is ignored, and the levels of its handlers apply. */
export class RecordDispatch {
  readonly #manager: Manager;
  #made = 0;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  dispatch(record: LogRecord): void {
    const known = this.#manager.loggers.has(record.name);
    if (!known && ++this.#made > MAX_NEW_LOGGERS) nearestLogger(this.#manager, record.name).handle(record);
    else this.#manager.getLogger(record.name).handle(record);
  }
}
