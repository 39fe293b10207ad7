/** Formats each record as one line of logfmt: `key=value` pairs, as Loki and Heroku read them. */
import { describeFormatter } from '../core/class-descriptions';
import type { RecordFormatter } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { escapeJson } from '../internal/control-characters';
import { asText, isError, readProperty, throwsMark } from '../internal/foreign';
import { integer, readOptions, type SpecOf } from '../internal/options';
import { IsoTime } from '../internal/iso-time';
import { cutText } from '../internal/print/printed-text';
import { JsonWriter } from './json/json-writer';
import { excTextOf, makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from './redactor';

export interface LogfmtFormatterOptions extends RedactOptions {
  /** Maximum characters of one value; the rest is cut and counted. @defaultValue 16384 */
  readonly maxValueLength?: number;
}

const LOGFMT_SPEC = {
  ...REDACT_SPEC,
  maxValueLength: integer(1, 16_384),
} satisfies SpecOf<LogfmtFormatterOptions>;

/** Values with these characters are quoted: the characters go-logfmt quotes, and all that `escapeJson` escapes. */
const QUOTED = /[\s="\p{C}\ufffd]/u;
/** Characters that a key cannot have. */
const NOT_IN_A_KEY = /[\s="\p{C}\ufffd]/gu;
const OWN_KEYS: readonly string[] = ['time', 'level', 'logger', 'msg'];

function quoted(text: string): string {
  // go-logfmt writes these two as numbers.
  const names = { '\\b': '\\u0008', '\\f': '\\u000c' } as Readonly<Record<string, string>>;
  return escapeJson(JSON.stringify(text)).replace(
    /\\(?:u[\da-f]{4}|.)/g,
    (escape) => names[escape] ?? escape,
  );
}

/** The string as a value. The string `null` is quoted, because null without quotes is the value null. */
function valueText(text: string): string {
  return text === 'null' || QUOTED.test(text) ? quoted(text) : text;
}

/**
 * `time=2024-02-29T08:15:00.123Z level=info logger=shop.orders msg="order placed" order=13`
 *
 * After the message come the keys of `extra`, the scope's ids, `err` and `stack` of an error, and on a held record `seq`
 * and `hindsight`. Values are quoted and escaped as in the Go library go-logfmt; objects and arrays are written as JSON.
 * Spaces, `=` and `"` are removed from keys. A key that is already used is written as `extra.<key>`, an id as
 * `context.<key>`. Formatting never throws and never changes a value.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is wrong.
 * @example
 * root.addHandler(new StreamHandler(process.stdout, { formatter: new LogfmtFormatter() }));
 */
export class LogfmtFormatter implements RecordFormatter {
  readonly #time = new IsoTime({ prefix: 'time=' });
  readonly #redactor: Redactor | undefined;
  readonly #writer: JsonWriter;
  readonly #maxLength: number;

  constructor(options: LogfmtFormatterOptions = {}) {
    const settings = readOptions(LOGFMT_SPEC, options, new.target);
    this.#redactor = makeRedactor(settings);
    this.#maxLength = settings.maxValueLength;
    const limits = { maxStringLength: this.#maxLength, maxDepth: 8, maxEntries: 200 };
    this.#writer = new JsonWriter(limits, this.#redactor);
  }

  format(record: LogRecord): string {
    this.#writer.begin();
    const { extra, ids, hindsight } = record;
    const message = this.#redactor === undefined ? record.getMessage() : this.#redactor.message(record);
    const taken = new Set(OWN_KEYS);
    let line = this.#time.text(record.created);
    line += this.#pair('level', record.levelname.toLowerCase());
    line += this.#pair('logger', record.name);
    line += this.#pair('msg', message);
    if (extra !== undefined) line += this.#fields(extra, 'extra', taken);
    if (ids !== undefined) line += this.#fields(ids, 'context', taken);
    line += this.#failure(record);
    if (hindsight === undefined) return line;
    if (record.seq !== 0) line += this.#pair('seq', record.seq);
    return line + this.#pair('hindsight', hindsight.reason);
  }

  #fields(fields: Readonly<Record<string, unknown>>, prefix: string, taken: Set<string>): string {
    let pairs = '';
    try {
      for (const key of Object.keys(fields)) {
        const value = this.#writer.shown(key, fields[key]);
        if (value === undefined) continue;
        let name = key.replace(NOT_IN_A_KEY, '') || '_';
        while (taken.has(name)) name = `${prefix}.${name}`;
        taken.add(name);
        pairs += this.#pair(name, value);
      }
    } catch (error) {
      // A getter or a Proxy threw.
      pairs += this.#pair(prefix, throwsMark(error));
    }
    return pairs;
  }

  /** Writes the thrown value as `err`, its stack and causes as `stack`. */
  #failure(record: LogRecord): string {
    const { excInfo, stackInfo } = record;
    const stack = excTextOf(record, this.#redactor);
    const trace = [stack, stackInfo].filter(Boolean).join('\n');
    const error: unknown = this.#redactor === undefined ? excInfo : this.#redactor.value(excInfo);
    let pairs = '';
    if (isError(error)) {
      const [name, message] = [readProperty(error, 'name'), readProperty(error, 'message')];
      pairs = this.#pair('err', `${asText(name)}: ${asText(message)}`);
    } else if (error !== undefined && error !== null) {
      pairs = ` err=${typeof error === 'string' ? this.#value(error) : this.#json(this.#writer.write(error))}`;
    }
    return trace === '' ? pairs : pairs + this.#pair('stack', trace);
  }

  #pair(key: string, value: unknown): string {
    return ` ${key}=${this.#value(value)}`;
  }

  #value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return valueText(value.length > this.#maxLength ? cutText(value, this.#maxLength) : value);
      case 'number':
      case 'boolean':
      case 'bigint':
        return String(value);
      default:
        return value === null ? 'null' : this.#json(this.#writer.text(value));
    }
  }

  /** A JSON string, such as the JSON of a Date, is written as its plain text. */
  #json(json: string): string {
    return json.startsWith('"') ? valueText(JSON.parse(json) as string) : valueText(json);
  }
}

describeFormatter(LogfmtFormatter, LOGFMT_SPEC, 'logfmt');
