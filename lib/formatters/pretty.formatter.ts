/** Formats a record for people at a terminal. */
import { styleText } from 'node:util';
import { describeFormatter } from '../core/class-descriptions';
import { formatException } from '../core/exception-text';
import type { RecordFormatter } from '../core/handler';
import { CRITICAL, ERROR, INFO, WARNING } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { boolean, object, otherwise, readOptions, type SpecOf } from '../internal/options';
import { strftime, TIME_PATTERN } from '../internal/strftime';
import { escapeControls, escapeStack } from '../internal/control-characters';
import { asText, isArray, isError, keysOf, readOrReason, readProperty } from '../internal/foreign';
import { cutText } from '../internal/print/printed-text';
import { wholeMs } from '../internal/iso-time';
import { JsonWriter } from './json/json-writer';
import { excTextOf, makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from './redactor';

/** The subset of a stream that we need, to know whether it is a terminal. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
}

export type Paint = (text: string) => string;

function paint(format: Parameters<typeof styleText>[0]): Paint {
  // `wantsColors` decides. With validateStream, styleText would check stdout instead.
  return (text) => styleText(format, text, { validateStream: false });
}

const plain: Paint = (text) => text;

export interface Palette {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly error: Paint;
  readonly level: (levelno: number) => Paint;
}

const red = paint('red');
const critical = paint(['bold', 'whiteBright', 'bgRed']);
const yellow = paint('yellow');
const green = paint('green');
const cyan = paint('cyan');

function levelPaint(levelno: number): Paint {
  if (levelno >= CRITICAL) return critical;
  if (levelno >= ERROR) return red;
  if (levelno >= WARNING) return yellow;
  return levelno >= INFO ? green : cyan;
}

export const COLORED: Palette = { dim: paint('dim'), bold: paint('bold'), error: red, level: levelPaint };
export const PLAIN: Palette = { dim: plain, bold: plain, error: plain, level: () => plain };

/** FORCE_COLOR decides, then NO_COLOR (no-color.org), then whether the stream is a terminal, in the same order as Node. */
export function wantsColors(stream: MaybeTerminal, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return stream.isTTY === true;
}

export interface PrettyFormatterOptions extends RedactOptions {
  /** @defaultValue set by FORCE_COLOR and NO_COLOR, else true if `stream` is a terminal */
  readonly colors?: boolean;
  /** The stream that is written to. @defaultValue unknown: colours only if both stdout and stderr are terminals */
  readonly stream?: MaybeTerminal;
  /** strftime pattern; milliseconds follow it. @defaultValue '%H:%M:%S' */
  readonly timeFormat?: string;
  /** Print times in UTC. @defaultValue false */
  readonly utc?: boolean;
}

const PRETTY_SPEC = {
  ...REDACT_SPEC,
  colors: otherwise(boolean(), 'as FORCE_COLOR and NO_COLOR say, else true on a terminal'),
  stream: object<MaybeTerminal>('a stream', { otherwise: 'stdout and stderr' }),
  timeFormat: otherwise(TIME_PATTERN, "'%H:%M:%S'"),
  utc: boolean(false),
} satisfies SpecOf<PrettyFormatterOptions>;

/** Used when the stream is unknown: the formatter does not know whether its handler writes to stdout or stderr. */
const BOTH_STREAMS: MaybeTerminal = {
  get isTTY(): boolean {
    return process.stdout.isTTY && process.stderr.isTTY;
  },
};

/** Fields that the message of the record at the end of a request already contains. */
const SAID_BY_REQUEST: ReadonlySet<string> = new Set(['method', 'path', 'status', 'durationMs', 'aborted']);

/** Maximum characters of one value: a longer one would hide the rest of the line. */
const MAX_VALUE = 300;
const MAX_MESSAGE = 16_384;
/** Characters shown of a request id: enough to distinguish the requests on one screen. */
const SHORT_ID = 8;
/** Ids that are not printed as fields: the request id is printed before the message, the others are for machines. */
const HIDDEN_IDS: ReadonlySet<string> = new Set(['requestId', 'traceId', 'spanId', 'traceFlags']);
/** Prefix of each line of a held record. */
const GUTTER = '┆ ';
const STACK_INDENT = '    ';

function isRequestRecord(extra: LogRecord['extra'], message: string): boolean {
  if (readProperty(extra, 'durationMs') === undefined) return false;
  const [method, path] = [readProperty(extra, 'method'), readProperty(extra, 'path')];
  return typeof method === 'string' && typeof path === 'string' && message.startsWith(`${method} ${path} `);
}

/**
 * `12:03:04.123 INFO     shop.orders [3f2a9c1b] order placed  orderId=1 user=u1`, then the error's stack, indented.
 *
 * Lines of a held record begin with a dim `┆`. The first record of a scope says why it is shown. Where records were
 * dropped, their number is printed. Control characters are escaped.
 */
export class PrettyFormatter implements RecordFormatter {
  readonly #palette: Palette;
  readonly #timeFormat: string;
  readonly #utc: boolean;
  readonly #redactor: Redactor | undefined;
  readonly #writer: JsonWriter;
  #second = { epoch: Number.NaN, text: '' };
  #lastScope: string | undefined;

  constructor(options: PrettyFormatterOptions = {}) {
    const settings = readOptions(PRETTY_SPEC, options, new.target);
    const colors = settings.colors ?? wantsColors(settings.stream ?? BOTH_STREAMS);
    this.#palette = colors ? COLORED : PLAIN;
    this.#timeFormat = settings.timeFormat ?? '%H:%M:%S';
    this.#utc = settings.utc;
    this.#redactor = makeRedactor(settings);
    this.#writer = new JsonWriter(
      { maxStringLength: MAX_VALUE, maxDepth: 4, maxEntries: 20 },
      this.#redactor,
    );
  }

  format(record: LogRecord): string {
    this.#writer.begin();
    const lines = [this.#head(record), ...this.#below(record)];
    const mark = record.hindsight;
    if (mark === undefined) {
      this.#lastScope = undefined;
      return lines.join('\n');
    }
    const before: string[] = [];
    if (mark.scope !== this.#lastScope && mark.dump === undefined)
      before.push(`held back until: ${escapeControls(mark.reason)}`);
    if (mark.dropped !== undefined && mark.dropped > 0) before.push(`… ${mark.dropped} records dropped here`);
    this.#lastScope = mark.scope;
    const { dim } = this.#palette;
    const all = [...before.map(dim), ...lines];
    return all
      .join('\n')
      .split('\n')
      .map((line) => dim(GUTTER) + line)
      .join('\n');
  }

  #head(record: LogRecord): string {
    const { dim, bold, level } = this.#palette;
    const name = level(record.levelno)(escapeControls(record.levelname.padEnd(8)));
    const text = this.#redactor === undefined ? record.getMessage() : this.#redactor.message(record);
    const message = escapeControls(cutText(text, MAX_MESSAGE));
    let line = `${dim(this.#time(record.created))} ${name} ${bold(escapeControls(record.name))}`;
    const { ids } = record;
    const id = ids?.['requestId'];
    if (typeof id === 'string') line += ` ${dim(`[${escapeControls(id.slice(0, SHORT_ID))}]`)}`;
    line += ` ${message}`;
    const said = isRequestRecord(record.extra, text) ? SAID_BY_REQUEST : undefined;
    const fields =
      this.#fields(record.extra, said) + (ids === undefined ? '' : this.#fields(ids, HIDDEN_IDS));
    return fields === '' ? line : `${line} ${fields}`;
  }

  /** Local time with milliseconds; a time that Date cannot hold prints as its number. */
  #time(created: number): string {
    const ms = wholeMs(created);
    const epoch = Math.floor(ms / 1000);
    if (this.#second.epoch !== epoch) {
      this.#second = {
        epoch,
        text: strftime(this.#timeFormat, epoch, { utc: this.#utc }) ?? String(created),
      };
    }
    return `${this.#second.text}.${String(ms - epoch * 1000).padStart(3, '0')}`;
  }

  #fields(fields: Readonly<Record<string, unknown>> | undefined, hidden?: ReadonlySet<string>): string {
    if (fields === undefined) return '';
    let text = '';
    for (const key of keysOf(fields)) {
      if (hidden?.has(key) === true) continue;
      text += ` ${this.#palette.dim(`${escapeControls(key)}=`)}${this.#value(key, readOrReason(fields, key))}`;
    }
    return text;
  }

  /** Plain words are printed without quotes, everything else as JSON, so that the end of a value is clear. */
  #value(key: string, given: unknown): string {
    const value = this.#writer.shown(key, given);
    if (value === undefined) return 'undefined';
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'string' && value.length <= MAX_VALUE && /^[\w./:@%+,-]+$/.test(value)) return value;
    const text = isError(value) ? errorLine(value) : this.#writer.text(value);
    return cutText(text, MAX_VALUE);
  }

  /** The lines of the exception, of Errors in fields, and of the stack, indented. */
  #below(record: LogRecord): readonly string[] {
    const { dim, error: red } = this.#palette;
    const error = record.excInfo;
    const lines: string[] = [];
    const add = (text: string | undefined, label: string): void => {
      if (text === undefined || text === '') return;
      const [first = '', ...more] = escapeStack(text).split('\n');
      lines.push(STACK_INDENT + red(label + first), ...more.map((line) => STACK_INDENT + dim(line)));
    };
    add(excTextOf(record, this.#redactor), '');
    for (const [label, field] of this.#errorsAmong(record.extra, error))
      add(formatException(field), `${label}: `);
    add(record.stackInfo, '');
    return lines;
  }

  /** Errors that are fields or items of fields, except the record's own Error, which is already printed. */
  #errorsAmong(fields: LogRecord['extra'], printed: unknown): readonly (readonly [string, Error])[] {
    const found: (readonly [string, Error])[] = [];
    for (const key of fields === undefined ? [] : keysOf(fields)) {
      const value = readProperty(fields, key);
      if (typeof value !== 'object' || value === null || value === printed) continue;
      const shown = isError(value) || isArray(value) ? this.#writer.shown(key, value) : undefined;
      const label = escapeControls(key);
      if (isError(shown)) found.push([label, shown]);
      else if (isArray(shown)) {
        shown.forEach((item, i) => isError(item) && found.push([`${label}[${i}]`, item]));
      }
    }
    return found;
  }
}

/** Name and message, converted to strings if they are not. */
function errorLine(error: Error): string {
  return escapeControls(`${asText(readProperty(error, 'name'))}: ${asText(readProperty(error, 'message'))}`);
}

describeFormatter(PrettyFormatter, PRETTY_SPEC, 'pretty');
