/** Formats records as text by a format string, as Python's logging.Formatter. */
import { inspect } from 'node:util';
import { describeFormatter } from '../core/class-descriptions';
import { formatException } from '../core/exception-text';
import type { RecordFormatter } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { lookupField, MISSING } from '../core/record-fields';
import { ConfigurationError, FormatError } from '../errors';
import { isHeadersKey } from '../internal/print/header-credentials';
import { printable } from '../internal/print/printable';
import { lazy } from '../internal/lazy';
import { boolean, object, otherwise, readOptions, rule, type SpecOf } from '../internal/options';
import { strftime, TIME_PATTERN } from '../internal/strftime';
import { escapeControls, escapeStack } from '../internal/control-characters';
import { MAX_FORMAT, type FieldPiece, type FormatStyle } from '../python-format/format-style';
import { formatPair, PercentStyle } from '../python-format/percent.style';
import { pythonRepr } from '../python-format/python-text';
import { excTextOf, makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from './redactor';
import { wholeMs } from '../internal/iso-time';

const loadBrace = lazy(
  () => require('../python-format/brace.style') as typeof import('../python-format/brace.style'),
);
const loadDollar = lazy(
  () => require('../python-format/dollar.style') as typeof import('../python-format/dollar.style'),
);

export interface FormatterOptions extends RedactOptions {
  /** strftime pattern of `asctime`. @defaultValue `defaultTimeFormat` and the milliseconds */
  readonly datefmt?: string | undefined;
  /** How `fmt` is written: `%(name)s`, `{name}` or `$name`. @defaultValue '%' */
  readonly style?: '%' | '{' | '$';
  /** Check `fmt` at construction. @defaultValue true */
  readonly validate?: boolean;
  /** Values for fields that a record does not have. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
  /** Print times in UTC. @defaultValue false: the process's time zone */
  readonly utc?: boolean;
  /**
   * Escape control characters in the message and in fields (`\n`, `\x1b`), and indent the lines of a stack. Logged data
   * can then neither fake another record nor control the terminal. `false` is Python's behaviour.
   * @defaultValue true
   */
  readonly escape?: boolean;
}

type StyleClass = new (fmt: string) => FormatStyle;

const STYLES: ReadonlyMap<unknown, () => StyleClass> = new Map<string, () => StyleClass>([
  ['%', () => PercentStyle],
  ['{', () => loadBrace().BraceStyle],
  ['$', () => loadDollar().DollarStyle],
]);

/** @throws ConfigurationError `ERR_LOG_FORMAT_STRING` with Python's error text. */
function styleOf(style: unknown): StyleClass {
  const load = STYLES.get(style);
  if (load !== undefined) return load();
  throw new ConfigurationError('Style must be one of: %,{,$', { code: 'ERR_LOG_FORMAT_STRING' });
}

const FORMATTER_SPEC = {
  ...REDACT_SPEC,
  datefmt: otherwise(TIME_PATTERN, '`defaultTimeFormat` and the milliseconds'),
  style: rule("'%', '{' or '$'", styleOf, { fallback: '%' }),
  validate: boolean(true),
  defaults: object<Readonly<Record<string, unknown>>>('an object of values'),
  utc: boolean(false),
  escape: boolean(true),
} satisfies SpecOf<FormatterOptions>;

const CALLER_FIELDS = ['pathname', 'filename', 'module', 'lineno', 'funcName'] as const;

function checkFormat(owner: string, fmt: unknown): void {
  if (typeof fmt === 'string' && fmt.length <= MAX_FORMAT) return;
  const got = typeof fmt === 'string' ? `${fmt.length} characters` : inspect(fmt);
  throw new ConfigurationError(
    `${owner}: the format must be a string of at most ${MAX_FORMAT} characters, got ${got}.`,
    { code: 'ERR_LOG_FORMAT_STRING' },
  );
}

/** Writes a field of a record. */
type FieldWriter = (record: LogRecord) => string;

const unchanged = (text: string): string => text;

/** Caches the last text and its escaped form: most records come from few loggers and have few levels. */
function cached(guard: (text: string) => string): (text: string) => string {
  let last = '';
  let guarded = '';
  return (text) => {
    if (text !== last) {
      guarded = guard(text);
      last = text;
    }
    return guarded;
  };
}

function below(text: string, next: string): string {
  return text.endsWith('\n') ? text + next : `${text}\n${next}`;
}

/**
 * Ports logging.Formatter (CPython 3.14).
 *
 * Differs: control characters are escaped unless `escape` is false; `redact` is ours; `exc_text` is the Error's stack
 * with its causes; strftime is the same on all platforms; `{name.key}` reads own properties only; values print as
 * Python prints them (`None`, `True`, `{'a': 1}`), the message as `util.format` prints it.
 *
 * Python does not have these limits: a format has at most 10000 characters, a width or a precision is at most 5000,
 * `datefmt` has at most 1000 characters. If a field sets a larger width (`{message:>{width}}`), formatting the record fails.
 *
 * @throws ConfigurationError `ERR_LOG_FORMAT_STRING` with Python's error text, and for a format that exceeds the limits.
 */
export class Formatter implements RecordFormatter {
  /** strftime pattern used without `datefmt`. */
  defaultTimeFormat = '%Y-%m-%d %H:%M:%S';
  /** Joins the time and the milliseconds; null or '' omits the milliseconds. */
  defaultMsecFormat: string | null = '%s,%03d';
  readonly datefmt: string | undefined;
  readonly utc: boolean;
  /** The format string prints the caller's file, line or function. */
  readonly usesCaller: boolean;
  protected readonly redactor: Redactor | undefined;
  readonly #style: FormatStyle;
  readonly #usesTime: boolean;
  readonly #defaults: Readonly<Record<string, unknown>> | undefined;
  readonly #escape: boolean;
  #second = { epoch: Number.NaN, pattern: '', text: '' };
  /** Cache of the last formatted time: in a busy process the next record often has the same millisecond. */
  #last = { created: Number.NaN, pattern: '', msecFormat: '', text: '' };
  /** The compiled format string: its texts, and a function for each field. */
  readonly #parts: readonly (string | FieldWriter)[];

  constructor(fmt?: string | null, options: FormatterOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(FORMATTER_SPEC, options, new.target);
    checkFormat(owner, fmt ?? '');
    this.#style = new settings.style(fmt ?? '');
    if (settings.validate) this.#style.validate();
    this.datefmt = settings.datefmt;
    this.utc = settings.utc;
    this.redactor = makeRedactor(settings);
    this.#defaults = settings.defaults;
    this.#escape = settings.escape;
    this.#parts = this.#style.pieces.map((piece) =>
      typeof piece === 'string' ? piece : this.#writer(piece),
    );
    this.#usesTime = this.#style.usesTime();
    this.usesCaller = CALLER_FIELDS.some((field) => this.#style.fields.has(field));
  }

  usesTime(): boolean {
    return this.#usesTime;
  }

  format(record: LogRecord): string {
    const message = this.redactor === undefined ? record.getMessage() : this.redactor.message(record);
    record.message = message;
    if (this.usesTime()) record.asctime = this.formatTime(record, this.datefmt);
    let text = this.formatMessage(record);
    const exception = excTextOf(record, this.redactor, (error) => this.formatException(error));
    // `excText` on the record stays unescaped, as in Python: another formatter may print it differently.
    if (exception) text = below(text, this.#escape ? escapeStack(exception) : exception);
    const stack = record.stackInfo;
    if (stack)
      text = below(text, this.#escape ? escapeStack(this.formatStack(stack)) : this.formatStack(stack));
    return text;
  }

  /** `asctime` of the record. */
  formatTime(record: LogRecord, datefmt?: string): string {
    const pattern = datefmt ? datefmt : this.defaultTimeFormat;
    const msecFormat = datefmt ? '' : (this.defaultMsecFormat ?? '');
    const { created, details } = record;
    const last = this.#last;
    const isSame = created === last.created && pattern === last.pattern && msecFormat === last.msecFormat;
    if (isSame && details?.msecs === undefined) return last.text;
    const time = this.#secondText(record, pattern);
    const text = msecFormat === '' ? time : formatPair(msecFormat, time, record.msecs);
    if (details?.msecs === undefined) this.#last = { created, pattern, msecFormat, text };
    return text;
  }

  /** Caches the strftime text for one second. */
  #secondText(record: LogRecord, pattern: string): string {
    // `msecs` is rounded: 0 means that a time just below a full second belongs to that second.
    const created = record.msecs === 0 ? wholeMs(record.created) / 1000 : record.created;
    const epoch = Math.floor(created);
    const second = this.#second;
    if (second.epoch === epoch && second.pattern === pattern) return second.text;
    const text = strftime(pattern, epoch, { utc: this.utc });
    if (text === undefined) {
      throw new FormatError(`Time out of range: ${record.created} seconds since the epoch`);
    }
    this.#second = { epoch, pattern, text };
    return text;
  }

  /** Fills in the format string. The record already has `message` and `asctime`. */
  formatMessage(record: LogRecord): string {
    let text = '';
    for (const part of this.#parts) text += typeof part === 'string' ? part : part(record);
    return text;
  }

  formatException(error: unknown): string {
    return formatException(error);
  }

  formatStack(stack: string): string {
    return stack;
  }

  /** The fields of nearly every format are read directly, without a look-up by name. */
  #writer({ name, isPlain, render }: FieldPiece): FieldWriter {
    // `asctime` is not escaped: the formatter itself makes it from the user's pattern.
    const guard = this.#escape && name !== 'asctime' ? escapeControls : unchanged;
    const other: FieldWriter = (record) => guard(render((field) => this.#read(record, field)));
    if (!isPlain) return other;
    const guardCached = cached(guard);
    switch (name) {
      case 'message':
        return (record) => (typeof record.message === 'string' ? guard(record.message) : other(record));
      case 'asctime':
        return (record) => (typeof record.asctime === 'string' ? record.asctime : other(record));
      case 'levelname':
        return ({ levelname }) => guardCached(levelname);
      case 'name':
        return (record) => (typeof record.name === 'string' ? guardCached(record.name) : other(record));
      default:
        return other;
    }
  }

  #read(record: LogRecord, name: string): unknown {
    // Never redacted.
    if (name === 'message') return record.message;
    if (name === 'levelname') return record.levelname;
    if (name === 'name') return record.name;
    if (name === 'asctime' && record.asctime !== undefined) return record.asctime;
    const value = name === 'asctime' ? MISSING : lookupField(record, name);
    if (value !== MISSING) return this.#shown(name, value);
    const defaults = this.#defaults;
    if (defaults !== undefined && Object.hasOwn(defaults, name)) return defaults[name];
    throw new FormatError(`Formatting field not found in record: ${pythonRepr(name)}`);
  }

  /** Without a redactor, only objects and header values need a printable copy. */
  #shown(name: string, value: unknown): unknown {
    if (this.redactor !== undefined) return this.redactor.field(name, value);
    return typeof value === 'object' || isHeadersKey(name) ? printable(value, name) : value;
  }
}

describeFormatter(Formatter, FORMATTER_SPEC);
