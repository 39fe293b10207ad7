/** Formats each record as one line of JSON, whatever is in it. */
import { types } from 'node:util';
import type { RecordFormatter } from '../core/handler';
import type { HindsightMark, LogRecord } from '../core/log-record';
import { lookupField, MISSING } from '../core/record-fields';
import { ConfigurationError } from '../errors';
import { IsoTime } from '../internal/iso-time';
import { asText, isError } from '../internal/foreign';
import { isHeadersKey } from '../internal/print/header-credentials';
import { quote } from './json/json-text';
import { JsonWriter } from './json/json-writer';
import { makeRedactor, type RedactOptions, type Redactor } from './redactor';

export interface JsonFormatterOptions extends RedactOptions {
  /**
   * What a line begins with: keys in their order, and the field each is read from, by Python's name (`levelno`,
   * `process`, `asctime` aside) or `time`, `level`, `logger`. A list means keys and fields of the same name.
   * @defaultValue ['time', 'level', 'logger', 'message']
   */
  readonly fields?: readonly string[] | Readonly<Record<string, string>>;
  /** Printed on every line before the message, such as a service's name and version. @defaultValue none */
  readonly base?: Readonly<Record<string, unknown>>;
  /** Characters kept of one string; the rest is cut and counted. @defaultValue 16384 */
  readonly maxStringLength?: number;
  /** Levels of objects and arrays. @defaultValue 8 */
  readonly maxDepth?: number;
  /** Keys of one object, items of one array. @defaultValue 200 */
  readonly maxEntries?: number;
}

const DEFAULTS = {
  fields: ['time', 'level', 'logger', 'message'],
  maxStringLength: 16_384,
  maxDepth: 8,
  maxEntries: 200,
} as const satisfies JsonFormatterOptions;

/** Keys behind those of `extra`. */
const OWN_KEYS = ['error', 'stack', 'caller', 'seq', 'hindsight'] as const;

/** Names and keys are few in a sane program; a program that makes them up must not grow the caches. */
const CACHE_LIMIT = 1000;
/** Longer ones come from a peer, if at all. */
const CACHED_LENGTH = 1024;

function positive(
  options: JsonFormatterOptions,
  name: 'maxStringLength' | 'maxDepth' | 'maxEntries',
): number {
  const value = options[name] ?? DEFAULTS[name];
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`JsonFormatter: "${name}" must be a positive integer, got ${String(value)}.`);
}

function fieldEntries(fields: JsonFormatterOptions['fields']): readonly (readonly [string, string])[] {
  const wanted = fields ?? DEFAULTS.fields;
  if (Array.isArray(wanted)) return wanted.map((name: string) => [name, name] as const);
  return Object.entries(wanted as Readonly<Record<string, string>>);
}

/**
 * One line a record: `time` (ISO 8601, UTC), `level`, `logger`, `message`, the scope's ids, the keys of `extra`, then
 * `error` (type, message, stack, cause, own keys that are plain data) and, on a record that was held back, `seq` and `hindsight`.
 *
 * A key of `extra` that is already taken is printed as `extra.<key>`, an id of the scope as `context.<key>`. What JSON
 * has no word for is text: a BigInt its digits, NaN `"NaN"`, a Buffer its first bytes in hex, a circular reference
 * `"[Circular]"`, a getter that throws `"[Throws: …]"`. Formatting never throws and never changes a value.
 */
export class JsonFormatter implements RecordFormatter {
  readonly usesCaller: boolean;
  readonly #writer: JsonWriter;
  readonly #redactor: Redactor | undefined;
  readonly #fields: readonly (readonly [key: string, field: string])[] | undefined;
  readonly #base: string;
  readonly #maxEntries: number;
  readonly #taken: ReadonlySet<string>;
  readonly #time = new IsoTime({ prefix: '{"time":"', suffix: '"' });
  readonly #heads = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  #lastName = '';
  #lastMark: HindsightMark | undefined;
  #lastMarkText = '';
  #lastIds: Readonly<Record<string, unknown>> | undefined;
  #lastIdsText = '';
  #lastLevel = '';
  #lastHead = '';

  constructor(options: JsonFormatterOptions = {}) {
    this.#redactor = makeRedactor(options);
    const limits = {
      maxStringLength: positive(options, 'maxStringLength'),
      maxDepth: positive(options, 'maxDepth'),
      maxEntries: positive(options, 'maxEntries'),
    };
    this.#writer = new JsonWriter(limits, this.#redactor);
    this.#maxEntries = limits.maxEntries;
    const entries = fieldEntries(options.fields);
    this.#fields = options.fields === undefined ? undefined : entries;
    const base = Object.entries(options.base ?? {});
    this.#base = base.map(([key, value]) => `,${quote(key)}:${this.#writer.write(value)}`).join('');
    this.#taken = new Set([...OWN_KEYS, ...entries.map(([key]) => key), ...base.map(([key]) => key)]);
    this.usesCaller = entries.some(([, field]) =>
      /^(?:pathname|filename|module|lineno|funcName)$/.test(field),
    );
  }

  format(record: LogRecord): string {
    const writer = this.#writer;
    writer.begin();
    let line: string;
    if (this.#fields === undefined) {
      line = this.#time.text(record.created) + this.#head(record) + writer.string(this.#message(record));
    } else {
      line = this.#chosenFields(record, this.#fields);
    }
    const { ids, extra } = record;
    if (ids !== undefined) line += this.#context(ids);
    if (extra !== undefined) line += this.#extra(extra, ids);
    const rest = this.#rest(record);
    return rest === '' ? `${line}}` : `${line}${rest}}`;
  }

  #message(record: LogRecord): string {
    return this.#redactor === undefined ? record.getMessage() : this.#redactor.message(record);
  }

  /** From the level to the colon before the message: the same text for all records of a level and logger. */
  #head(record: LogRecord): string {
    const { levelname, name } = record;
    if (levelname === this.#lastLevel && name === this.#lastName && this.#lastHead !== '')
      return this.#lastHead;
    const id = `${levelname}\n${name}`;
    let head = this.#heads.get(id);
    if (head === undefined) {
      head = `,"level":${quote(asText(levelname))},"logger":${quote(asText(name))}${this.#base},"message":`;
      // A level from elsewhere may hold what separates it from the name, and must not stand for another pair.
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

  #chosenFields(record: LogRecord, fields: readonly (readonly [string, string])[]): string {
    const parts: string[] = [];
    for (const [key, field] of fields) {
      const value = this.#chosen(record, field);
      if (value === undefined || value === MISSING) continue;
      const own = field === 'message' || field === 'msg' || field === 'args';
      const text = own ? this.#writer.write(value) : this.#writer.field(field, value);
      parts.push(`${quote(key)}:${text}`);
    }
    const text = parts.join(',') + this.#base;
    return `{${text.startsWith(',') ? text.slice(1) : text}`;
  }

  #chosen(record: LogRecord, field: string): unknown {
    switch (field) {
      case 'time':
        return this.#time.text(record.created).slice('{"time":"'.length, -1);
      case 'level':
        return record.levelname;
      case 'logger':
        return record.name;
      case 'message':
        return this.#message(record);
      default: {
        const value = lookupField(record, field);
        const own = field === 'msg' || field === 'args';
        return this.#redactor !== undefined && own ? this.#redactor.field(field, value) : value;
      }
    }
  }

  /** `,"key":`, quoted once per key. */
  #key(key: string): string {
    let text = this.#keys.get(key);
    if (text === undefined) {
      text = `,${this.#writer.string(this.#taken.has(key) ? `extra.${key}` : key)}:`;
      if (key.length <= CACHED_LENGTH) {
        if (this.#keys.size >= CACHE_LIMIT) this.#keys.clear();
        this.#keys.set(key, text);
      }
    }
    return text;
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

  /** The ids of a scope do not change, and the records of one request come together. */
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
      if (value === undefined) continue;
      const name = this.#taken.has(key) ? `,${quote(`context.${key}`)}:` : this.#key(key);
      text += name + this.#value(key, value);
    }
    return text;
  }

  #extra(
    extra: Readonly<Record<string, unknown>>,
    ids: Readonly<Record<string, unknown>> | undefined,
  ): string {
    try {
      let text = '';
      let count = 0;
      // for…in costs three quarters of Object.keys, which makes an array; an inherited key is skipped.
      for (const key in extra) {
        if (!Object.hasOwn(extra, key)) continue;
        if (++count > this.#maxEntries)
          return `${text},"…":"${Object.keys(extra).length - count + 1} more keys"`;
        const value = extra[key];
        if (value === undefined) continue;
        const clash = ids !== undefined && Object.hasOwn(ids, key);
        text += (clash ? `,${quote(`extra.${key}`)}:` : this.#key(key)) + this.#value(key, value);
      }
      return text;
    } catch {
      // A getter or a Proxy threw: all of it under one key, by the writer that survives this.
      return `,"extra":${this.#writer.write(extra)}`;
    }
  }

  /** What few records have. */
  #rest(record: LogRecord): string {
    let text = '';
    const error = record.excInfo;
    if (error !== undefined && error !== null) text = `,"error":${this.#error(error)}`;
    else if (record.excText) text = `,"error":{"stack":${this.#writer.string(record.excText)}}`;
    if (record.stackInfo) text += `,"stack":${this.#writer.string(record.stackInfo)}`;
    if (record.lineno !== 0)
      text += `,"caller":${this.#writer.string(`${record.pathname}:${record.lineno}`)}`;
    if (record.seq !== 0) text += `,"seq":${record.seq}`;
    if (record.hindsight !== undefined) text += this.#mark(record.hindsight);
    return text;
  }

  /** The same object for all records of a dump, so it is written once. */
  #mark(mark: HindsightMark): string {
    if (mark !== this.#lastMark) {
      this.#lastMark = mark;
      this.#lastMarkText = `,"hindsight":${this.#writer.write(mark)}`;
    }
    return this.#lastMarkText;
  }

  /** Something thrown that is no Error is written in the same shape. */
  #error(error: unknown): string {
    if (isError(error) || types.isProxy(error)) return this.#writer.write(error);
    if (typeof error === 'object') {
      return `{"type":"object","message":"a value that is no Error","value":${this.#writer.write(error)}}`;
    }
    return `{"type":"${typeof error}","message":${this.#writer.string(asText(error))}}`;
  }
}
