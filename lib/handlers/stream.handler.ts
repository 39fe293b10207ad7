/** Writes each record as a line to stdout, stderr, a Node stream, or anything with a `write` method. */
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

/** What a StreamHandler writes to: a Node Writable, or an object with `write` and perhaps `flush` and `name`. */
export interface LogStream extends TextSink {
  /** Called after each record, as Python does; not called on Node's own streams. */
  flush?(...args: never[]): unknown;
  readonly name?: unknown;
}

export interface StreamHandlerOptions extends HandlerOptions {
  /** Ends each record. @defaultValue '\n' */
  readonly terminator?: string;
  /**
   * Bytes that a Node stream may hold unwritten before records are refused, and counted. Streams other than
   * stdout and stderr only: these two are written to synchronously.
   * @defaultValue 16 MiB
   */
  readonly maxPendingBytes?: number;
  /**
   * `turn` writes what is logged in one turn of the event loop together, at its end. A crash and the end of the process
   * write it too; `kill -9` within the turn loses it.
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

/** As Python names its standard streams. */
function nameOf(stream: LogStream): string {
  if (stream.fd === 1) return '<stdout>';
  if (stream.fd === 2) return '<stderr>';
  return typeof stream.name === 'string' || typeof stream.name === 'number' ? String(stream.name) : '';
}

/** Stdout and stderr are written to past their `write`, unless somebody has put another in its place. */
function hasOtherWrite(stream: LogStream): boolean {
  return standardDescriptor(stream) !== undefined && directDescriptor(stream) === undefined;
}

/**
 * Ports logging.StreamHandler (CPython 3.14). `process.stderr` is looked up at construction.
 *
 * Differs:
 * - On stdout and stderr the line is in the kernel when the log call returns, also when they are pipes; a full pipe is
 *   waited for, at most 5 s a minute in all, and then not again until its reader takes something.
 * - Other Node streams write later: their failures, 'error' events included, reach `handleError`, and `flush()` returns
 *   a promise. Records are refused while `maxPendingBytes` wait.
 * - With `buffer: 'turn'` one write has the lines of one turn of the event loop; when 64 KiB wait, or lines have waited for 50 ms,
 *   they are written before its end. What the stream does not take is tried again after a second, and 1 MiB waits at most. A Node
 *   stream is corked instead. A `write` that was put in the place of that of stdout or stderr still gets each line at once.
 * - A line that an error cut short is ended before the next one.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if the stream has no `write` method, or an option is wrong.
 * @example
 * logger.addHandler(new StreamHandler(process.stdout, { level: 'INFO' }));
 */
export class StreamHandler extends Handler {
  terminator: string;
  readonly #maxPendingBytes: number;
  /** Off at the end: a closed handler, and one of a process that ends, write at once. */
  #isTurn: boolean;
  #stream: LogStream;
  /** Set when the stream is Node's and may write later than it is told to. */
  #later: NodeStreamWriter | undefined;
  /** Set while records wait for the end of the turn, unless the stream is Node's and is told to hold them itself. */
  #turn: TurnWriter | undefined;
  #unwatch: (() => void) | undefined;
  /** The record that an 'error' event, which names none, is reported with. */
  #last: LogRecord | undefined;
  /** Reported already through the callback of a write: the 'error' event that follows is the same failure. */
  #reported: unknown;

  constructor(stream: LogStream | null = process.stderr, options: StreamHandlerOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(STREAM_SPEC, options, new.target);
    // Before the base class opens it: a handler that cannot be made must not be flushed or closed at the end.
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
   * Replaces the stream, flushing the old one first. Ports StreamHandler.setStream (3.7).
   *
   * @returns the old stream, or undefined when it is the same.
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

  /** Resolves when the stream has taken what was written; at once for stdout and stderr. */
  override flush(): void | Promise<void> {
    this.#turn?.flush();
    if (this.#later !== undefined) return this.#later.drained();
    this.#flushSink(this.#stream);
  }

  /** At the end of the process: writes what waits; later records are written at once. */
  override flushSync(): void {
    this.#isTurn = false;
    this.#endTurn();
    super.flushSync();
  }

  /** Does not close the stream, which belongs to whoever made it. */
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

  /** Reports a failure that came later than the call, with the record last written. */
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
      // No record is lost: this is nothing for handleError.
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

  /** Stops listening, after the last write has come to its end: its failure must not end the process. */
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
    // What was logged before its `write` was replaced comes first.
    this.#turn?.flush();
    writeToSink(this.#stream, text);
    this.#flushSink(this.#stream);
  }

  #writeToNode(writer: NodeStreamWriter, text: string, record: LogRecord): void {
    // A closed handler that is still used listens again: an 'error' event must not end the process.
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

  /** What was written is not written again because this fails. */
  #flushLater(stream: LogStream): void {
    try {
      this.#flushSink(stream);
    } catch (error) {
      this.reportLater(error);
    }
  }
}

describeHandler(StreamHandler, STREAM_SPEC, { module: 'logging', arguments: { stream: STREAM } });
