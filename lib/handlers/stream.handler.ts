/** Writes each record as a line to stdout, stderr, a Node stream, or any object with a `write` method. */
import { describeHandler } from '../core/class-descriptions';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import { diagnostics } from '../core/diagnostics';
import { getLevelName } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { observing } from '../core/record-observer';
import type { DeliveryError } from '../errors';
import { having, oneOf, positive, readOption, readOptions, text, type SpecOf } from '../internal/options';
import { TURN_BYTES } from '../internal/end-of-turn';
import { directDescriptor, standardDescriptor, writeToSink, type TextSink } from '../internal/stdio';
import { isErrorEmitter, isNodeWritable, NodeStreamWriter, watchErrors } from './stream/node-stream-writer';
import { TurnWriter } from './stream/turn-writer';

/** The target of a StreamHandler: a Node Writable, or an object with `write` and optionally `flush` and `name`. */
export interface LogStream extends TextSink {
  /** Called after each record, as in Python. Not called on Node's own streams. */
  flush?(...args: never[]): unknown;
  readonly name?: unknown;
}

export interface StreamHandlerOptions extends HandlerOptions {
  /** Text after each record. @defaultValue '\n' */
  readonly terminator?: string;
  /**
   * Most unwritten bytes in the buffer of a Node stream. Beyond that, records are refused and counted. Does not apply to
   * stdout and stderr, since writes to them are synchronous.
   * @defaultValue 16 MiB
   */
  readonly maxPendingBytes?: number;
  /**
   * `turn` writes all records of one turn of the event loop together at its end. They are also written when the process
   * crashes or ends. `kill -9` loses the records of the current turn.
   * @defaultValue off: each record is written at once
   */
  readonly buffer?: 'turn';
}

export const STREAM_SPEC = {
  ...HANDLER_SPEC,
  terminator: text('\n'),
  maxPendingBytes: positive(16 * 1024 * 1024),
  buffer: oneOf(['turn']),
} satisfies SpecOf<StreamHandlerOptions>;

const STREAM = having<LogStream>(
  'write',
  "a stream: an object with a write(text) method; in a configuration also 'stdout' or 'stderr'",
  { required: true, otherwise: 'process.stderr', fromData: streamOfData },
);

function streamOfData(value: unknown): unknown {
  if (value === undefined || value === null || value === 'stderr') return process.stderr;
  return value === 'stdout' ? process.stdout : value;
}

/** Standard streams have the same names as in Python. */
function nameOf(stream: LogStream): string {
  if (stream.fd === 1) return '<stdout>';
  if (stream.fd === 2) return '<stderr>';
  return typeof stream.name === 'string' || typeof stream.name === 'number' ? String(stream.name) : '';
}

/** Whether the stream is stdout or stderr with a replaced `write`. Otherwise its descriptor is written to directly. */
function hasOtherWrite(stream: LogStream): boolean {
  return standardDescriptor(stream) !== undefined && directDescriptor(stream) === undefined;
}

/**
 * Ports logging.StreamHandler (CPython 3.14). `process.stderr` is looked up at construction.
 *
 * Differs:
 * - On stdout and stderr, the line is in the kernel when the log call returns, even if they are pipes. A write to a full pipe
 *   waits, but all writes of a thread wait at most 5 s in any minute. After a wait without success, the handler does not
 *   wait again until the reader takes something.
 * - Other Node streams write later. Their errors, including 'error' events, go to `handleError`, and `flush()` returns a
 *   promise. Records are refused while `maxPendingBytes` wait.
 * - With `buffer: 'turn'`, the lines of one turn of the event loop are written together, or earlier when 64 KiB or 50 ms have
 *   been reached. Lines that cannot be written are tried again after a second. At most 1 MiB waits. Other Node streams are
 *   corked instead. If `write` of stdout or stderr was replaced, it is called for each line at once.
 * - If an error cuts a line, a newline is written before the next one.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if the stream has no `write` method, or an option is invalid.
 * @example
 * logger.addHandler(new StreamHandler(process.stdout, { level: 'INFO' }));
 */
export class StreamHandler extends Handler {
  terminator: string;
  readonly #maxPendingBytes: number;
  /** False after close and at the end of the process, when records are written at once. */
  #isTurn: boolean;
  #stream: LogStream;
  /** Set for a Node stream, which may write later. */
  #later: NodeStreamWriter | undefined;
  /** Set with `buffer: 'turn'`, except for Node streams other than stdout and stderr. */
  #turn: TurnWriter | undefined;
  #unwatch: (() => void) | undefined;
  /** The last record. An 'error' event is reported with it. */
  #last: LogRecord | undefined;
  /** The last error from the callback of a write. The 'error' event that follows has the same error and is ignored. */
  #reported: unknown;

  constructor(stream: LogStream | null = process.stderr, options: StreamHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(STREAM_SPEC, options, new.target);
    // Checked before `super`, since a handler that cannot be created must not be flushed or closed at shutdown.
    const checked = readOption(STREAM, stream ?? process.stderr, { owner, name: 'stream' });
    super(options);
    this.terminator = settings.terminator;
    this.#maxPendingBytes = settings.maxPendingBytes;
    this.#isTurn = settings.buffer === 'turn';
    this.#stream = checked;
    this.#open();
  }

  get stream(): LogStream {
    return this.#stream;
  }

  override emit(record: LogRecord): void {
    if (observing.current?.hides(this.#stream) === true) return;
    const text = this.format(record) + this.terminator;
    this.#last = record;
    if (this.#later === undefined) this.#write(text);
    else this.#writeToNode(this.#later, text, record);
  }

  /**
   * Flushes the old stream and replaces it. Ports StreamHandler.setStream (3.7).
   *
   * @returns the old stream, or undefined if it is the same.
   */
  setStream(stream: LogStream): LogStream | undefined {
    if (stream === this.#stream) return undefined;
    const checked = readOption(STREAM, stream, { owner: this.constructor.name, name: 'stream' });
    const old = this.#stream;
    void this.#release();
    this.#stream = checked;
    this.#open();
    return old;
  }

  /** Resolves when the stream has processed all writes. For stdout and stderr this is synchronous. */
  override flush(): void | Promise<void> {
    this.#turn?.flush();
    if (this.#later !== undefined) return this.#later.drained();
    this.#flushSink(this.#stream);
  }

  /** At the end of the process: writes the waiting records. Later records are written at once. */
  override flushSync(): void {
    this.#isTurn = false;
    this.#endTurn();
    super.flushSync();
  }

  /** Does not close the stream, since the handler did not create it. */
  override close(): void | Promise<void> {
    void super.close();
    this.#isTurn = false;
    return this.#release();
  }

  override toString(): string {
    const name = nameOf(this.#stream);
    return `<${this.constructor.name} ${name === '' ? '' : `${name} `}(${getLevelName(this.level)})>`;
  }

  override describe(): string {
    const name = this.name ?? nameOf(this.#stream);
    return name === '' ? this.constructor.name : `${this.constructor.name} ${name}`;
  }

  /** Reports a failure that happened after the log call, with the last written record. */
  protected reportLater(error: unknown): void {
    if (this.#last !== undefined) this.handleError(this.#last, error);
    else diagnostics.report({ source: this.describe(), what: 'the stream failed', error });
  }

  #open(): void {
    const stream = this.#stream;
    const isTurn = this.#isTurn;
    const limits = { maxPendingBytes: this.#maxPendingBytes, turnBytes: isTurn ? TURN_BYTES : 0 };
    this.#later = isNodeWritable(stream) ? new NodeStreamWriter(stream, limits) : undefined;
    const isDirect = this.#later === undefined || standardDescriptor(stream) !== undefined;
    if (isTurn && isDirect) this.#turn = this.#turnWriterFor(stream);
    this.#watch();
  }

  #turnWriterFor(stream: LogStream): TurnWriter {
    return new TurnWriter(stream, {
      afterWrite: () => this.#flushLater(stream),
      // Not handleError, since no record is lost.
      onKept: ({ message: what, cause: error }: DeliveryError) =>
        diagnostics.report({ source: this.describe(), what, error }),
    });
  }

  #endTurn(): void {
    this.#later?.endTurn();
    const turn = this.#turn;
    this.#turn = undefined;
    try {
      turn?.close();
    } catch (error) {
      this.reportLater(error);
    }
  }

  #watch(): void {
    const stream = this.#stream;
    if (!isErrorEmitter(stream)) return;
    this.#unwatch = watchErrors(stream, (error) => {
      if (error !== this.#reported) this.reportLater(error);
    });
  }

  /** Stops listening after the last write has finished, since its 'error' event must not end the process. */
  #release(): void | Promise<void> {
    const unwatch = this.#unwatch;
    this.#unwatch = undefined;
    this.#endTurn();
    const flushed = this.flush();
    if (!(flushed instanceof Promise)) {
      unwatch?.();
      return;
    }
    return flushed.then(() => unwatch?.());
  }

  #write(text: string): void {
    if (this.#turn !== undefined && !hasOtherWrite(this.#stream)) return this.#turn.add(text);
    // Lines that were logged before `write` was replaced come first.
    this.#turn?.flush();
    writeToSink(this.#stream, text);
    this.#flushSink(this.#stream);
  }

  #writeToNode(writer: NodeStreamWriter, text: string, record: LogRecord): void {
    // If a closed handler is used again, it listens again, since an 'error' event must not end the process.
    if (this.#unwatch === undefined) this.#watch();
    if (directDescriptor(writer.stream) !== undefined) return this.#write(text);
    this.#turn?.flush();
    writer.write(text, (error) => {
      this.#reported = error;
      this.handleError(record, error);
    });
  }

  #flushSink(stream: LogStream): void {
    if (isNodeWritable(stream) || typeof stream.flush !== 'function') return;
    const flushed: unknown = stream.flush();
    if (flushed instanceof Promise) flushed.catch((error: unknown) => this.reportLater(error));
  }

  /** Does not throw, since the text was written and must not be tried again. */
  #flushLater(stream: LogStream): void {
    try {
      this.#flushSink(stream);
    } catch (error) {
      this.reportLater(error);
    }
  }
}

describeHandler(StreamHandler, STREAM_SPEC, { module: 'logging', arguments: { stream: STREAM } });
