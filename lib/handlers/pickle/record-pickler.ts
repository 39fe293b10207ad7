/** Creates the frame that Python's receivers read: four bytes of length, then the record's attributes as a pickle. */
import type { LogRecord } from '../../core/log-record';
import { RECORD_FIELDS } from '../../core/record-fields';
import { throwsMark } from '../../internal/foreign';
import { FRAME_HEADER_BYTES, writeFrameLength } from './frame';
import { PickleEncoder } from './pickle-encoder';
import { OP, PickleWriter } from './pickle-writer';

/** Names that would overwrite attributes or methods of Python's record. */
const TAKEN: ReadonlySet<string> = new Set([...RECORD_FIELDS.keys(), 'hindsight', 'getMessage', 'toJSON']);

/**
 * Calls `visit` for the ids of the scope, the fields of `extra`, and the position of the record in a dump. A name that is
 * already used gets the prefix `context.` or `extra.`. Never throws.
 */
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

/** The keys. If a Proxy throws, the text of its error is visited instead of the fields. */
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

/** The attributes from `args` to `funcName`, in Python's order. The bytes are reused while the values are the same. */
export class PickledOrigin {
  readonly #encoder = new PickleEncoder();
  #levelname: string | undefined;
  #levelno: number | undefined;
  #pathname: string | undefined;
  #filename: string | undefined;
  #module: string | undefined;
  #excText: string | undefined;
  #stackInfo: string | undefined;
  #lineno: number | undefined;
  #funcName: string | undefined;
  #bytes: Uint8Array = new Uint8Array();

  bytes(record: LogRecord): Uint8Array {
    if (!this.#isAsLast(record)) this.#bytes = this.#pickled(record);
    return this.#bytes;
  }

  #isAsLast(record: LogRecord): boolean {
    return (
      this.#bytes.length > 0 &&
      record.levelno === this.#levelno &&
      record.levelname === this.#levelname &&
      record.pathname === this.#pathname &&
      record.lineno === this.#lineno &&
      record.funcName === this.#funcName &&
      record.excText === this.#excText &&
      record.stackInfo === this.#stackInfo &&
      record.filename === this.#filename &&
      record.module === this.#module
    );
  }

  #pickled(record: LogRecord): Uint8Array {
    this.#levelname = record.levelname;
    this.#levelno = record.levelno;
    this.#pathname = record.pathname;
    this.#filename = record.filename;
    this.#module = record.module;
    this.#excText = record.excText;
    this.#stackInfo = record.stackInfo;
    this.#lineno = record.lineno;
    this.#funcName = record.funcName;
    // The message includes the arguments, and `exc_text` replaces `exc_info`.
    return this.#encoder.entries([
      ['args', null],
      ['levelname', this.#levelname],
      ['levelno', this.#levelno],
      ['pathname', this.#pathname],
      ['filename', this.#filename],
      ['module', this.#module],
      ['exc_info', null],
      ['exc_text', this.#excText],
      ['stack_info', this.#stackInfo],
      ['lineno', this.#lineno],
      ['funcName', this.#funcName],
    ]);
  }
}

/** The attributes from `thread` to `process`, in Python's order. The bytes are the same for all records of a process. */
export class PickledProcess {
  readonly #encoder = new PickleEncoder();
  #thread: number | undefined;
  #threadName: string | undefined;
  #processName: string | undefined;
  #process: number | undefined;
  #bytes: Uint8Array = new Uint8Array();

  bytes(record: LogRecord): Uint8Array {
    const { thread, threadName, processName, process } = record;
    const isAsLast =
      this.#bytes.length > 0 &&
      thread === this.#thread &&
      threadName === this.#threadName &&
      processName === this.#processName &&
      process === this.#process;
    if (!isAsLast) {
      this.#thread = thread;
      this.#threadName = threadName;
      this.#processName = processName;
      this.#process = process;
      this.#bytes = this.#encoder.entries(Object.entries({ thread, threadName, processName, process }));
    }
    return this.#bytes;
  }
}

/** A template of the three times, with floats of value zero: in CPython they are always floats. */
function times(): { readonly bytes: Uint8Array; readonly places: readonly [number, number, number] } {
  const writer = new PickleWriter();
  const place = (name: string): number => {
    writer.text(name);
    writer.float(0);
    return writer.length;
  };
  return {
    places: [place('created'), place('msecs'), place('relativeCreated')],
    bytes: writer.take(),
  };
}

const TIMES = times();

/** Reuses one buffer for all records; each result is a copy. */
export class RecordPickler {
  readonly #writer = new PickleWriter();
  readonly #encoder = new PickleEncoder(this.#writer);
  readonly #origin = new PickledOrigin();
  readonly #process = new PickledProcess();
  readonly #visit = (name: string, value: unknown): void => this.#encoder.entry(name, value);

  /** @param message - `record.getMessage()`, which may throw: the caller handles the error */
  frame(record: LogRecord, message: string): Buffer {
    const writer = this.#writer;
    writer.reset(FRAME_HEADER_BYTES);
    this.#encoder.begin();
    writer.opcode(OP.emptyDict);
    writer.opcode(OP.mark);
    this.#encoder.entry('name', record.name);
    writer.text('msg');
    writer.text(message);
    writer.raw(this.#origin.bytes(record));
    this.#times(record);
    writer.raw(this.#process.bytes(record));
    // Omitted if undefined, as CPython does with asctime.
    if (record.taskName !== undefined) this.#encoder.entry('taskName', record.taskName);
    if (record.asctime !== undefined) this.#encoder.entry('asctime', record.asctime);
    eachExtraAttribute(record, this.#visit);
    writer.opcode(OP.setItems);
    writer.opcode(OP.stop);
    const frame = writer.take();
    writeFrameLength(frame);
    return frame;
  }

  #times(record: LogRecord): void {
    const writer = this.#writer;
    const at = writer.length;
    const [created, msecs, relativeCreated] = TIMES.places;
    writer.raw(TIMES.bytes);
    writer.floatBefore(at + created, record.created);
    writer.floatBefore(at + msecs, record.msecs);
    writer.floatBefore(at + relativeCreated, record.relativeCreated);
  }
}
