/** One logged event. */
import { basename } from 'node:path';
import { inspect } from 'node:util';
import { currentThreadId, isMainThread } from '../internal/current-thread';
import { PROCESS_NAME } from '../internal/process-space';
import { globalState } from '../internal/global-state';
import { getLevelName } from './level';
import { resolveArguments, textOf, type ResolvedArguments } from './log-arguments';
import type { HindsightMark, RecordContext } from './record-context';
import { wholeMs } from '../internal/iso-time';

/** Fields that few records need; made when the first of them is set. */
interface RecordDetails {
  resolved: ResolvedArguments | undefined;
  hindsight: HindsightMark | undefined;
  message: string | undefined;
  asctime: string | undefined;
  ids: Readonly<Record<string, unknown>> | undefined;
  levelname?: string | undefined;
  extra?: Readonly<Record<string, unknown>> | undefined;
  excInfo?: unknown;
  excText?: string | undefined;
  stackInfo?: string | undefined;
  pathname?: unknown;
  filename?: string | undefined;
  module?: string | undefined;
  lineno?: number | undefined;
  funcName?: string | undefined;
  msecs?: number | undefined;
  relativeCreated?: number | undefined;
  process?: number | undefined;
  processName?: string | undefined;
  thread?: number | undefined;
  threadName?: string | undefined;
  taskName?: string | undefined;
}

/** When the package was loaded, in ms; what `relativeCreated` counts from. */
const loaded = globalState('loaded', () => ({ at: Date.now() }));

/**
 * Ports logging.LogRecord (CPython 3.14).
 *
 * Differs: arguments are util.format's, and a mapping in `args` stands in a list; the message, `extra` and `excInfo` are
 * read off the arguments when first asked for; fields that derive from others are accessors, which keeps a held-back
 * record below 200 bytes, arguments included. `extra` stays an object of its own and can never hide an attribute.
 */
export class LogRecord {
  name: string;
  levelno: number;
  msg: unknown;
  args: readonly unknown[];
  /** Seconds since the epoch, with milliseconds as the fraction. */
  created: number;
  /** The scope in which the record was logged. */
  context: RecordContext | undefined;
  /** Place of the record among those of its scope, from 1; 0 outside a scope. */
  seq: number;
  /**
   * One field for all that a held-back record does not have: it keeps the record small. Null says that the array of the
   * arguments was made for this record, and that nothing has been read of it yet. @internal
   */
  details: RecordDetails | null | undefined;

  // oxlint-disable-next-line max-params -- an options object would cost an allocation on every log call
  constructor(name: string, levelno: number, msg: unknown, args: readonly unknown[], created: number) {
    this.name = name;
    this.levelno = levelno;
    this.msg = msg;
    this.args = args;
    this.created = created;
    this.context = undefined;
    this.seq = 0;
    this.details = undefined;
  }

  /** The message with its arguments. `replacer` is applied first to all that is printed, for example to redact it. */
  getMessage(replacer?: (argument: unknown) => unknown): string {
    return textOf(this.resolve(), replacer);
  }

  /** Set when the record was held back and written later. */
  get hindsight(): HindsightMark | undefined {
    return this.details?.hindsight;
  }
  set hindsight(value: HindsightMark | undefined) {
    this.more().hindsight = value;
  }

  /** Those of the scope, with the ids of the span that was active where the record was logged. */
  get ids(): Readonly<Record<string, unknown>> | undefined {
    return this.details?.ids ?? this.context?.fields;
  }
  set ids(value: Readonly<Record<string, unknown>> | undefined) {
    this.more().ids = value;
  }

  /** The Error that was set on the record, without looking for one among the arguments. */
  get givenError(): unknown {
    return this.details?.excInfo;
  }

  /** Fields of the object before the message, and of the trailing one. */
  get extra(): Readonly<Record<string, unknown>> | undefined {
    return this.details && 'extra' in this.details ? this.details.extra : this.resolve().extra;
  }
  set extra(value: Readonly<Record<string, unknown>> | undefined) {
    this.more().extra = value;
  }

  /** The Error that came with the call. Python holds a tuple here. */
  get excInfo(): unknown {
    return this.details && 'excInfo' in this.details ? this.details.excInfo : this.resolve().error;
  }
  set excInfo(value: unknown) {
    this.more().excInfo = value;
  }

  get stackInfo(): string | undefined {
    return this.details && 'stackInfo' in this.details ? this.details.stackInfo : this.resolve().stackInfo;
  }
  set stackInfo(value: string | undefined) {
    this.more().stackInfo = value;
  }

  /** Text of the exception, once a formatter has made it. */
  get excText(): string | undefined {
    return this.details?.excText;
  }
  set excText(value: string | undefined) {
    this.more().excText = value;
  }

  /** The rendered message, once a formatter has made it; use `getMessage()` elsewhere. */
  get message(): string | undefined {
    return this.details?.message;
  }
  set message(value: string | undefined) {
    this.more().message = value;
  }

  /** The formatted time, once a formatter that prints it has made it. */
  get asctime(): string | undefined {
    return this.details?.asctime;
  }
  set asctime(value: string | undefined) {
    this.more().asctime = value;
  }

  get levelname(): string {
    return this.details?.levelname ?? getLevelName(this.levelno);
  }
  set levelname(value: string) {
    this.more().levelname = value;
  }

  /** Whole milliseconds of `created`, 0 to 999. */
  get msecs(): number {
    return this.details?.msecs ?? wholeMs(this.created) % 1000;
  }
  set msecs(value: number) {
    this.more().msecs = value;
  }

  /** Milliseconds since the package was loaded. */
  get relativeCreated(): number {
    return this.details?.relativeCreated ?? wholeMs(this.created) - loaded.at;
  }
  set relativeCreated(value: number) {
    this.more().relativeCreated = value;
  }

  /** Source file of the call; '' unless the caller was captured. */
  get pathname(): string {
    return (this.details?.pathname ?? '') as string;
  }
  set pathname(value: string) {
    this.more().pathname = value;
  }

  get filename(): string {
    const path: unknown = this.pathname;
    return this.details?.filename ?? (typeof path === 'string' ? basename(path) : (path as string));
  }
  set filename(value: string) {
    this.more().filename = value;
  }

  get module(): string {
    const known = this.details?.module;
    if (known !== undefined) return known;
    if (typeof this.pathname !== 'string') return 'Unknown module';
    const dot = this.filename.lastIndexOf('.');
    return dot > 0 ? this.filename.slice(0, dot) : this.filename;
  }
  set module(value: string) {
    this.more().module = value;
  }

  /** Line of the call, from 1; 0 unless the caller was captured. */
  get lineno(): number {
    return this.details?.lineno ?? 0;
  }
  set lineno(value: number) {
    this.more().lineno = value;
  }

  get funcName(): string | undefined {
    return this.details?.funcName;
  }
  set funcName(value: string | undefined) {
    this.more().funcName = value;
  }

  get process(): number {
    return this.details?.process ?? process.pid;
  }
  set process(value: number) {
    this.more().process = value;
  }

  get processName(): string {
    return this.details?.processName ?? PROCESS_NAME;
  }
  set processName(value: string) {
    this.more().processName = value;
  }

  /** Number of the worker thread; 0 on the main thread. */
  get thread(): number {
    return this.details?.thread ?? currentThreadId();
  }
  set thread(value: number) {
    this.more().thread = value;
  }

  get threadName(): string {
    return this.details?.threadName ?? (isMainThread() ? 'MainThread' : `Worker-${currentThreadId()}`);
  }
  set threadName(value: string) {
    this.more().threadName = value;
  }

  /** Id of the scope; Python has the asyncio task's name here. */
  get taskName(): string | undefined {
    return this.details?.taskName ?? this.context?.id;
  }
  set taskName(value: string | undefined) {
    this.more().taskName = value;
  }

  /** A record with the same fields, which a filter may change without others seeing it. */
  clone(): LogRecord {
    return this.copyTo(new LogRecord(this.name, this.levelno, this.msg, this.args, this.created));
  }

  /** Gives another record, made with the same five arguments, all else that this one holds. */
  copyTo<T extends LogRecord>(other: T): T {
    other.context = this.context;
    other.seq = this.seq;
    other.details = this.details ? { ...this.details } : undefined;
    return other;
  }

  /** Gives another record, made with a text and no arguments, all else but exception and stack: they are in the text. */
  copyRenderedTo<T extends LogRecord>(other: T, text: string): T {
    const { details } = this;
    other.context = this.context;
    other.seq = this.seq;
    // In one piece: added one by one to a copy, these cost ten times as much.
    other.details = {
      resolved: undefined,
      hindsight: details?.hindsight,
      message: text,
      asctime: details?.asctime,
      ids: details?.ids,
      levelname: details?.levelname,
      extra: this.extra,
      excInfo: undefined,
      excText: undefined,
      stackInfo: undefined,
      pathname: details?.pathname,
      filename: details?.filename,
      module: details?.module,
      lineno: details?.lineno,
      funcName: details?.funcName,
      msecs: details?.msecs,
      relativeCreated: details?.relativeCreated,
      process: details?.process,
      processName: details?.processName,
      thread: details?.thread,
      threadName: details?.threadName,
      taskName: details?.taskName,
    };
    return other;
  }

  /** `<LogRecord: name, levelno, pathname, lineno, "msg">`, as Python's repr. */
  toString(): string {
    return `<LogRecord: ${this.name}, ${this.levelno}, ${this.pathname}, ${this.lineno}, "${String(this.msg)}">`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** Reads the arguments and caches the result; reads them again if a filter replaces `msg` or `args`. */
  private resolve(): ResolvedArguments {
    let resolved = this.details?.resolved;
    if (resolved === undefined || resolved.msg !== this.msg || resolved.args !== this.args) {
      resolved = resolveArguments(this.msg, this.args, this.details?.excInfo);
      this.more().resolved = resolved;
    }
    return resolved;
  }

  private more(): RecordDetails {
    // Those that a formatter or a span sets, so that they find room in the object itself.
    return (this.details ??= {
      resolved: undefined,
      hindsight: undefined,
      message: undefined,
      asctime: undefined,
      ids: undefined,
    });
  }
}
