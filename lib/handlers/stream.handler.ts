/** Writes each record as a line to stdout, stderr, a Node stream, or anything with a `write` method. */
import { Handler, HANDLER_OPTIONS, type HandlerOptions } from '../core/handler';
import { diagnostics } from '../core/diagnostics';
import { getLevelName } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { observing } from '../core/record-observer';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { directDescriptor, writeToSink, type TextSink } from '../internal/stdio';
import { isErrorEmitter, watchErrors } from '../internal/stream-errors';
import { isNodeWritable, NodeStreamWriter } from './stream/node-stream-writer';

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
}

export const STREAM_OPTIONS = {
  ...HANDLER_OPTIONS,
  terminator: true,
  maxPendingBytes: true,
} as const satisfies OptionNames<StreamHandlerOptions>;

const DEFAULTS = {
  terminator: '\n',
  maxPendingBytes: 16 * 1024 * 1024,
} as const satisfies Partial<StreamHandlerOptions>;

/** As Python names its standard streams. */
function nameOf(stream: LogStream): string {
  if (stream.fd === 1) return '<stdout>';
  if (stream.fd === 2) return '<stderr>';
  return typeof stream.name === 'string' || typeof stream.name === 'number' ? String(stream.name) : '';
}

function checkedStream(stream: LogStream, owner: string): LogStream {
  if (typeof (stream as Partial<LogStream> | undefined)?.write === 'function') return stream;
  throw new ConfigurationError(`${owner}: "stream" must have a write(text) method.`);
}

/**
 * Ports logging.StreamHandler (CPython 3.14). `process.stderr` is looked up at construction.
 *
 * Differs:
 * - On stdout and stderr the line is in the kernel when the log call returns, also when they are pipes; a full pipe is
 *   waited for, at most 5 s a minute in all, and then not again until its reader takes something.
 * - Other Node streams write later: their failures, 'error' events included, reach `handleError`, and `flush()` returns
 *   a promise. Records are refused while `maxPendingBytes` wait.
 * - A line that an error cut short is ended before the next one.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if the stream has no `write` method.
 * @example
 * logger.addHandler(new StreamHandler(process.stdout, { level: 'INFO' }));
 */
export class StreamHandler extends Handler {
  terminator: string;
  readonly #maxPendingBytes: number;
  #stream: LogStream;
  /** Set when the stream is Node's and may write later than it is told to. */
  #later: NodeStreamWriter | undefined;
  #unwatch: (() => void) | undefined;
  /** The record that an 'error' event, which names none, is reported with. */
  #last: LogRecord | undefined;
  /** Reported already through the callback of a write: the 'error' event that follows is the same failure. */
  #reported: unknown;

  constructor(stream: LogStream | null = process.stderr, options: StreamHandlerOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === StreamHandler && STREAM_OPTIONS);
    // Before the base class opens it: a handler that cannot be made must not be flushed or closed at the end.
    const checked = checkedStream(stream ?? process.stderr, new.target.name);
    const maxPendingBytes = options.maxPendingBytes ?? DEFAULTS.maxPendingBytes;
    if (!(maxPendingBytes > 0)) {
      throw new ConfigurationError(
        `${new.target.name}: "maxPendingBytes" must be a positive number, got ${maxPendingBytes}.`,
      );
    }
    super(options);
    this.terminator = options.terminator ?? DEFAULTS.terminator;
    this.#maxPendingBytes = maxPendingBytes;
    this.#stream = checked;
    this.#later = this.#writerFor(this.#stream);
    this.#watch();
  }

  get stream(): LogStream {
    return this.#stream;
  }

  override emit(record: LogRecord): void {
    if (observing.current?.hides(this.#stream) === true) return;
    const text = this.format(record) + this.terminator;
    this.#last = record;
    if (this.#later === undefined) this.#writeNow(this.#stream, text);
    else this.#writeToNode(this.#later, text, record);
  }

  /**
   * Replaces the stream, flushing the old one first. Ports StreamHandler.setStream (3.7).
   *
   * @returns the old stream, or undefined when it is the same.
   */
  setStream(stream: LogStream): LogStream | undefined {
    if (stream === this.#stream) return undefined;
    const checked = checkedStream(stream, this.constructor.name);
    const old = this.#stream;
    void this.#release();
    this.#stream = checked;
    this.#later = this.#writerFor(checked);
    this.#watch();
    return old;
  }

  /** Resolves when the stream has taken what was written; at once for stdout and stderr. */
  override flush(): void | Promise<void> {
    if (this.#later !== undefined) return this.#later.drained();
    this.#flushSink(this.#stream);
  }

  /** Does not close the stream, which belongs to whoever made it. */
  override close(): void | Promise<void> {
    void super.close();
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
    const flushed = this.flush();
    if (!(flushed instanceof Promise)) {
      unwatch?.();
      return;
    }
    return flushed.then(() => unwatch?.());
  }

  #writeNow(stream: LogStream, text: string): void {
    writeToSink(stream, text);
    this.#flushSink(stream);
  }

  #writeToNode(writer: NodeStreamWriter, text: string, record: LogRecord): void {
    // A closed handler that is still used listens again: an 'error' event must not end the process.
    if (this.#unwatch === undefined) this.#watch();
    if (directDescriptor(writer.stream) !== undefined) return writeToSink(writer.stream, text);
    writer.write(text, (error) => {
      this.#reported = error;
      this.handleError(record, error);
    });
  }

  #flushSink(stream: LogStream): void {
    if (typeof stream.flush !== 'function') return;
    const flushed: unknown = stream.flush();
    if (flushed instanceof Promise) flushed.catch((error: unknown) => this.reportLater(error));
  }

  #writerFor(stream: LogStream): NodeStreamWriter | undefined {
    return isNodeWritable(stream) ? new NodeStreamWriter(stream, this.#maxPendingBytes) : undefined;
  }
}
