/** The attributes that say where a record comes from, pickled: the same bytes for most records after one another. */
import type { LogRecord } from '../../core/log-record';
import { PickleEncoder } from './pickle-encoder';

/** From `args` to `funcName`, in Python's order. */
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
    // The message has the arguments in it, and `exc_text` says what `exc_info` did.
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
