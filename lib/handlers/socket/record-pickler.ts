/** A record as the frame that Python's receivers read: four bytes of length, then its attributes as a pickle. */
import type { LogRecord } from '../../core/log-record';
import { eachExtraAttribute } from './extra-attributes';
import { FRAME_HEADER_BYTES, writeFrameLength } from './frame';
import { PickleEncoder } from './pickle-encoder';
import { OP, PickleWriter } from './pickle-writer';

/** The bytes of a key, with what comes before it. */
function key(name: string, before: readonly number[] = []): Uint8Array {
  const writer = new PickleWriter();
  for (const code of before) writer.opcode(code);
  writer.text(name);
  return writer.take();
}

const NAME = key('name', [OP.emptyDict, OP.mark]);
const MSG = key('msg');
/** `args` is None: the message is sent with its arguments in it. */
const LEVELNAME = Buffer.concat([key('args'), Buffer.of(OP.none), key('levelname')]);
const LEVELNO = key('levelno');
const PATHNAME = key('pathname');
const FILENAME = key('filename');
const MODULE = key('module');
/** `exc_info` is None: what it said is in `exc_text`. */
const EXC_TEXT = Buffer.concat([key('exc_info'), Buffer.of(OP.none), key('exc_text')]);
const STACK_INFO = key('stack_info');
const LINENO = key('lineno');
const FUNC_NAME = key('funcName');
const CREATED = key('created');
const MSECS = key('msecs');
const RELATIVE_CREATED = key('relativeCreated');
const THREAD = key('thread');
const THREAD_NAME = key('threadName');
const PROCESS_NAME = key('processName');
const PROCESS = key('process');
const TASK_NAME = key('taskName');
const ASCTIME = key('asctime');

/** Keeps one buffer for all records; each result is a copy. */
export class RecordPickler {
  readonly #writer = new PickleWriter();
  readonly #encoder = new PickleEncoder(this.#writer);
  readonly #visit = (name: string, value: unknown): void => this.#encoder.entry(name, value);

  /** @param message - `record.getMessage()`; it throws, so it is the caller's to make. */
  frame(record: LogRecord, message: string): Buffer {
    const writer = this.#writer;
    writer.reset(FRAME_HEADER_BYTES);
    this.#encoder.begin();
    this.#head(record, message);
    this.#times(record);
    this.#rest(record);
    eachExtraAttribute(record, this.#visit);
    writer.opcode(OP.setItems);
    writer.opcode(OP.stop);
    const frame = writer.take();
    writeFrameLength(frame);
    return frame;
  }

  #head(record: LogRecord, message: string): void {
    const writer = this.#writer;
    writer.raw(NAME);
    this.#field(record.name);
    writer.raw(MSG);
    writer.text(message);
    writer.raw(LEVELNAME);
    this.#field(record.levelname);
    writer.raw(LEVELNO);
    this.#field(record.levelno);
    writer.raw(PATHNAME);
    this.#field(record.pathname);
    writer.raw(FILENAME);
    this.#field(record.filename);
    writer.raw(MODULE);
    this.#field(record.module);
    writer.raw(EXC_TEXT);
    this.#field(record.excText);
    writer.raw(STACK_INFO);
    this.#field(record.stackInfo);
    writer.raw(LINENO);
    this.#field(record.lineno);
    writer.raw(FUNC_NAME);
    this.#field(record.funcName);
  }

  /** Floats in Python, whatever their value. */
  #times(record: LogRecord): void {
    const writer = this.#writer;
    writer.raw(CREATED);
    writer.float(record.created);
    writer.raw(MSECS);
    writer.float(record.msecs);
    writer.raw(RELATIVE_CREATED);
    writer.float(record.relativeCreated);
  }

  #rest(record: LogRecord): void {
    const writer = this.#writer;
    writer.raw(THREAD);
    this.#field(record.thread);
    writer.raw(THREAD_NAME);
    this.#field(record.threadName);
    writer.raw(PROCESS_NAME);
    this.#field(record.processName);
    writer.raw(PROCESS);
    this.#field(record.process);
    if (record.taskName !== undefined) {
      writer.raw(TASK_NAME);
      this.#field(record.taskName);
    }
    if (record.asctime !== undefined) {
      writer.raw(ASCTIME);
      this.#field(record.asctime);
    }
  }

  /** A filter or a record factory may have put anything where a text or a number should be. */
  #field(value: unknown): void {
    if (typeof value === 'string') this.#writer.text(value);
    else this.#encoder.value(value);
  }
}
