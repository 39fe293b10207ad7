/** Formats each record as one line of JSON. */
import { describeFormatter } from '../core/class-descriptions';
import type { RecordFormatter } from '../core/handler';
import type { HindsightMark } from '../core/record-context';
import type { LogRecord } from '../core/log-record';
import { lookupField, MISSING } from '../core/record-fields';
import { IsoTime } from '../internal/iso-time';
import { asText, readProperty, throwsMark } from '../internal/foreign';
import { integer, object, readOptions, rule, type SpecOf } from '../internal/options';
import { isHeadersKey } from '../internal/print/header-credentials';
import { fitLine } from './json/fit-line';
import {
  CACHE_LIMIT,
  CACHED_LENGTH,
  keyTexts,
  makeLayout,
  pickJson,
  type JsonField,
  type JsonLayout,
  type OwnKey,
} from './json/json-fields';
import { quote } from './json/json-text';
import { JsonWriter } from './json/json-writer';
import { makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from './redactor';

export interface JsonFormatterOptions extends RedactOptions {
  /**
   * The first keys of a line, in this order: an object maps each key to a field, a list uses the field names as keys.
   * Fields are `time`, `level`, `logger`, attributes by Python's name (`levelno`, `process`; not `asctime`),
   * `requestId` and the other ids, `error`, `stack`, `caller`, `seq` and `hindsight`, and paths: `error.type`,
   * `error.message`, `error.stack`, `error.cause`, `error.<property>`, `extra.<key>`, `context.<id>`, and deeper paths.
   * Fields that a record does not have are omitted. A key of `extra`, an id, or the whole `error` that is listed here is
   * not printed again later in the line.
   * @defaultValue ['time', 'level', 'logger', 'message']
   */
  readonly fields?: readonly string[] | Readonly<Record<string, string>>;
  /** Printed on every line before the message, such as a service's name and version. @defaultValue none */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Maximum characters of one string; the rest is cut and counted. @defaultValue 16384 */
  readonly maxStringLength?: number;
  /**
   * Maximum bytes of a line in UTF-8, including the line break. In a longer line the largest values are cut first, and a
   * mark says how much was cut; time, level, logger and ids are kept. Docker splits lines after 16384 bytes.
   * @defaultValue none
   */
  readonly maxLineBytes?: number;
  /** Maximum depth of nested objects and arrays. @defaultValue 8 */
  readonly maxDepth?: number;
  /** Maximum keys of one object, and maximum items of one array. @defaultValue 200 */
  readonly maxEntries?: number;
}

const JSON_SPEC = {
  ...REDACT_SPEC,
  fields: rule('a list of fields, or an object with a field for each key', (fields) => fields, {
    otherwise: 'time, level, logger and message',
  }),
  base: object<Readonly<Record<string, unknown>>>(),
  maxStringLength: integer(1, 16_384),
  maxLineBytes: integer(1),
  maxDepth: integer(1, 8),
  maxEntries: integer(1, 200),
} satisfies SpecOf<JsonFormatterOptions>;

/**
 * One line per record: `time` (ISO 8601, UTC), `level`, `logger`, `message`, the scope's ids, the keys of `extra`, then
 * `error` (type, message, stack, cause, own keys that are plain data) and, on a held record, `seq` and `hindsight`.
 *
 * No key is printed twice: a key of `extra` that is already used, or begins with `extra.` or `context.`, is printed as
 * `extra.<key>`, an id of the scope as `context.<key>`. Values that JSON does not support become strings: a BigInt its
 * digits, NaN `"NaN"`, a Buffer its first bytes in hex, a circular reference `"[Circular]"`, a getter that throws
 * `"[Throws: …]"`. Formatting never throws and never changes a value.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an unknown field, a duplicate key, and an invalid limit.
 */
export class JsonFormatter implements RecordFormatter {
  readonly usesCaller: boolean;
  readonly #writer: JsonWriter;
  readonly #redactor: Redactor | undefined;
  readonly #base: string;
  readonly #maxEntries: number;
  readonly #layout: JsonLayout;
  readonly #time = new IsoTime({ prefix: '{"time":"', suffix: '"' });
  readonly #heads = new Map<string, string>();
  readonly #keyText: (key: string) => string;
  #lastName = '';
  #lastMark: HindsightMark | undefined;
  #lastMarkText = '';
  #lastIds: Readonly<Record<string, unknown>> | undefined;
  #lastIdsText = '';
  #lastLevel = '';
  #lastHead = '';

  constructor(options: JsonFormatterOptions = {}) {
    const settings = readOptions(JSON_SPEC, options, new.target);
    this.#redactor = makeRedactor(settings);
    this.#writer = new JsonWriter(settings, this.#redactor);
    this.#maxEntries = settings.maxEntries;
    const { base = {}, fields, maxLineBytes } = settings;
    this.#base = Object.entries(base)
      .map(([key, value]) => `,${quote(key)}:${this.#writer.write(value)}`)
      .join('');
    this.#layout = makeLayout({ fields, base, maxLineBytes }, this.#base);
    this.#keyText = keyTexts((key) => this.#writer.string(this.#layout.extraKey(key)));
    this.usesCaller = this.#layout.usesCaller;
  }

  format(record: LogRecord): string {
    const writer = this.#writer;
    writer.begin();
    let line: string;
    const { fields, maxBytes } = this.#layout;
    if (fields === undefined) {
      line = this.#time.text(record.created) + this.#head(record) + writer.string(this.#message(record));
    } else {
      line = this.#chosenFields(record, fields);
    }
    const { ids, extra } = record;
    if (ids !== undefined) line += this.#context(ids);
    if (extra !== undefined) line += this.#extra(extra, ids);
    line = `${line}${this.#rest(record)}}`;
    if (fields !== undefined && line.startsWith('{,')) line = `{${line.slice(2)}`;
    // One UTF-16 code unit is at most three bytes in UTF-8.
    const isShort = line.length * 3 <= maxBytes || Buffer.byteLength(line) <= maxBytes;
    return isShort ? line : this.#cut(line, ids);
  }

  #cut(line: string, ids: Readonly<Record<string, unknown>> | undefined): string {
    const idKeys = Object.keys(ids ?? {}).map((key) => this.#layout.idKey(key));
    return fitLine(line, {
      maxBytes: this.#layout.maxBytes,
      whole: new Set([...this.#layout.heading, ...idKeys]),
      first: new Set([...this.#layout.taken, ...idKeys]),
    });
  }

  #message(record: LogRecord): string {
    return this.#redactor === undefined ? record.getMessage() : this.#redactor.message(record);
  }

  /** The text from the level to the colon before the message. It is the same for all records of a level and logger. */
  #head(record: LogRecord): string {
    const { levelname, name } = record;
    if (levelname === this.#lastLevel && name === this.#lastName && this.#lastHead !== '')
      return this.#lastHead;
    const id = `${levelname}\n${name}`;
    let head = this.#heads.get(id);
    if (head === undefined) {
      head = `,"level":${quote(asText(levelname))},"logger":${quote(asText(name))}${this.#base},"message":`;
      // A level name from another process may contain the separator `\n`: its cache key could match another pair.
      if (id.length <= CACHED_LENGTH && !asText(levelname).includes('\n')) {
        if (this.#heads.size >= CACHE_LIMIT) this.#heads.clear();
        this.#heads.set(id, head);
      }
    }
    this.#lastLevel = levelname;
    this.#lastName = name;
    this.#lastHead = head;
    return head;
  }

  #chosenFields(record: LogRecord, fields: readonly JsonField[]): string {
    let text = '';
    for (const field of fields) {
      const value = this.#readField(record, field);
      if (value !== undefined) text += `,${quote(field.key)}:${value}`;
    }
    return `{${text}${this.#base}`;
  }

  #readField(record: LogRecord, field: JsonField): string | undefined {
    try {
      return this.#chosen(record, field);
    } catch (error) {
      // Reading the properties failed: write a mark, and the rest of the record as usual.
      return quote(throwsMark(error));
    }
  }

  /** The field as JSON; undefined if the record does not have it. */
  #chosen(record: LogRecord, { from, name, path }: JsonField): string | undefined {
    if (from === 'own') return this.#own(record, name as OwnKey);
    if (from === 'record') return this.#attribute(record, name);
    if (from === 'error') {
      const text = this.#own(record, 'error');
      return text === undefined ? undefined : pickJson(text, [name, ...path]);
    }
    const holder = from === 'extra' ? record.extra : record.ids;
    const value =
      holder !== undefined && Object.hasOwn(holder, name) ? readProperty(holder, name) : undefined;
    return value === undefined ? undefined : pickJson(this.#value(name, value), path);
  }

  #attribute(record: LogRecord, name: string): string | undefined {
    if (name === 'time') return this.#time.text(record.created).slice('{"time":'.length);
    if (name === 'message') return this.#writer.write(this.#message(record));
    const value = lookupField(record, name);
    if (value === undefined || value === MISSING) return undefined;
    if (name !== 'msg' && name !== 'args') return this.#writer.field(name, value);
    return this.#writer.write(this.#redactor === undefined ? value : this.#redactor.field(name, value));
  }

  #value(key: string, value: unknown): string {
    if (this.#redactor !== undefined) return this.#writer.field(key, value);
    switch (typeof value) {
      case 'string':
        return isHeadersKey(key) ? this.#writer.field(key, value) : this.#writer.string(value);
      case 'number':
        return Number.isFinite(value) ? String(value) : `"${value}"`;
      case 'boolean':
        return value ? 'true' : 'false';
      default:
        return this.#writer.field(key, value);
    }
  }

  /** Caches the last ids: the ids of a scope do not change, and consecutive records often come from one request. */
  #context(fields: Readonly<Record<string, unknown>>): string {
    if (fields !== this.#lastIds) {
      this.#lastIds = fields;
      this.#lastIdsText = this.#idsText(fields);
    }
    return this.#lastIdsText;
  }

  #idsText(fields: Readonly<Record<string, unknown>>): string {
    let text = '';
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (value === undefined || this.#layout.moved?.has(`context.${key}`) === true) continue;
      text += `,${quote(this.#layout.idKey(key))}:${this.#value(key, value)}`;
    }
    return text;
  }

  #extra(
    extra: Readonly<Record<string, unknown>>,
    ids: Readonly<Record<string, unknown>> | undefined,
  ): string {
    try {
      const { moved } = this.#layout;
      let text = '';
      let count = 0;
      // for…in takes three quarters of the time of Object.keys, which allocates an array. Inherited keys are skipped.
      for (const key in extra) {
        if (!Object.hasOwn(extra, key)) continue;
        if (++count > this.#maxEntries)
          return `${text},"…":"${Object.keys(extra).length - count + 1} more keys"`;
        const value = extra[key];
        if (value === undefined || moved?.has(`extra.${key}`) === true) continue;
        const clash = ids !== undefined && Object.hasOwn(ids, key);
        text += (clash ? `,${quote(`extra.${key}`)}:` : this.#keyText(key)) + this.#value(key, value);
      }
      return text;
    } catch {
      // A getter or a Proxy threw: write all of `extra` under one key, with the writer that never throws.
      const isTaken = this.#layout.taken.has('extra') || (ids !== undefined && Object.hasOwn(ids, 'extra'));
      return `,"${isTaken ? 'extra.extra' : 'extra'}":${this.#writer.write(extra)}`;
    }
  }

  /** The fields that few records have. */
  #rest(record: LogRecord): string {
    const { excInfo, excText, stackInfo, hindsight } = record;
    const hasError = (excInfo !== undefined && excInfo !== null) || excText;
    // Fast path for nearly every record: the loop would take a fifth of the formatting time.
    if (!hasError && !stackInfo && record.lineno === 0) {
      if (hindsight === undefined) return '';
      if (this.#layout.fields === undefined) return this.#dumped(record.seq, hindsight);
    }
    let text = '';
    for (const [name, key] of this.#layout.ownKeys) {
      const value = this.#own(record, name);
      if (value !== undefined) text += `,"${key}":${value}`;
    }
    return text;
  }

  /** The last fields of a record of a dump, when the default fields are used. */
  #dumped(seq: number, mark: HindsightMark): string {
    return `${seq === 0 ? '' : `,"seq":${seq}`},"hindsight":${this.#mark(mark)}`;
  }

  #own(record: LogRecord, key: OwnKey): string | undefined {
    switch (key) {
      case 'error': {
        const error = record.excInfo;
        if (error !== undefined && error !== null) return this.#writer.thrown(error);
        return record.excText ? `{"stack":${this.#writer.string(record.excText)}}` : undefined;
      }
      case 'stack':
        return record.stackInfo ? this.#writer.string(record.stackInfo) : undefined;
      case 'caller':
        return record.lineno === 0 ? undefined : this.#writer.string(`${record.pathname}:${record.lineno}`);
      case 'seq':
        // The position in a dump. Other lines are in order already.
        return record.hindsight === undefined || record.seq === 0 ? undefined : String(record.seq);
      default:
        return record.hindsight === undefined ? undefined : this.#mark(record.hindsight);
    }
  }

  /** All records of a dump share one mark object, so its text is cached. */
  #mark(mark: HindsightMark): string {
    if (mark !== this.#lastMark) {
      this.#lastMark = mark;
      this.#lastMarkText = this.#writer.write(mark);
    }
    return this.#lastMarkText;
  }
}

describeFormatter(JsonFormatter, JSON_SPEC, 'json');
