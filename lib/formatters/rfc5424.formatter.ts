/** Formats records as syslog messages of RFC 5424, with structured data from `extra`. */
import { describeFormatter } from '../core/class-descriptions';
import { HANDLER_SPEC, type RecordFormatter } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { escapeAllButNewlines, escapeControls } from '../internal/control-characters';
import { IsoTime } from '../internal/iso-time';
import {
  accepting,
  boolean,
  integer,
  otherwise,
  readOptions,
  text,
  type Settings,
  type SpecOf,
} from '../internal/options';
import { hostName } from '../internal/process-space';
import { Formatter } from './formatter';
import { JsonWriter } from './json/json-writer';
import { makeRedactor, REDACT_SPEC, type RedactOptions, type Redactor } from './redactor';
import {
  encodePriority,
  headerField,
  NIL,
  priorityOf,
  processIdentity,
  FACILITY,
  PRIORITIES,
  type FacilityName,
  type PriorityMap,
} from './syslog-fields';

/**
 * Parameters of one element of structured data (RFC 5424, section 6.3), in output order. Invalid characters in names are
 * replaced, values are escaped.
 */
export type Params = readonly (readonly [name: string, value: string])[];

const MAX_NAME_LENGTH = 32;
/** An SD-NAME is printable ASCII without space, `=`, `]` and `"`. */
const NOT_IN_A_NAME = /[^\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]/gu;
const SD_ID = /^[\x21\x23-\x3c\x3e-\x3f\x41-\x5c\x5e-\x7e]+@\d+(?:\.\d+)*$/;

/** The key as a parameter name: invalid characters become `_`, and at most 32 characters are kept. */
export function paramName(key: string): string {
  return key === '' ? '_' : key.replace(NOT_IN_A_NAME, '_').slice(0, MAX_NAME_LENGTH);
}

/** Puts a backslash before `"`, `\` and `]`. */
export function escapeParamValue(value: string): string {
  return /["\\\]]/.test(value) ? value.replace(/["\\\]]/g, '\\$&') : value;
}

/**
 * One element, or `-` without parameters. Parameters that do not fit into `maxBytes` are omitted, and the parameter
 * `cut` contains their number.
 */
export function structuredData(sdId: string, params: Params, maxBytes: number): string {
  if (params.length === 0) return NIL;
  let text = `[${sdId}`;
  let bytes = text.length;
  let cut = 0;
  for (const [name, value] of params) {
    const param = ` ${paramName(name)}="${escapeParamValue(value)}"`;
    const size = Buffer.byteLength(param);
    if (bytes + size > maxBytes) {
      cut++;
    } else {
      text += param;
      bytes += size;
    }
  }
  return cut === 0 ? `${text}]` : `${text} cut="${cut}"]`;
}

export interface Rfc5424FormatterOptions extends RedactOptions {
  /** @defaultValue 'user' */
  readonly facility?: FacilityName | number;
  /** Priorities by level name. A level without an entry gets a priority from its number. */
  readonly priorityMap?: PriorityMap;
  /** APP-NAME, 48 characters at most. @defaultValue name of the program's main file */
  readonly appName?: string;
  /** HOSTNAME, 255 characters at most. @defaultValue `os.hostname()` */
  readonly hostname?: string;
  /** PROCID, 128 characters at most. @defaultValue `process.pid` */
  readonly procId?: string;
  /** MSGID, 32 characters at most: a string, or a function of the record. @defaultValue the logger's name */
  readonly msgId?: string | ((record: LogRecord) => string);
  /**
   * SD-ID of the element with the fields of `extra` and the ids of the scope: a name and your enterprise number
   * (RFC 5612 reserves the default's 32473 for examples).
   * @defaultValue 'hindsight@32473'
   */
  readonly sdId?: string;
  /** Begin the message with a byte order mark, which marks it as UTF-8. @defaultValue true */
  readonly bom?: boolean;
  /** Formats the message text. @defaultValue message, exception and stack */
  readonly message?: RecordFormatter;
  /**
   * Escape control characters in the text and in values, as `\x1b`. Line breaks are escaped too, except with
   * SysLogHandler: on other handlers a line break would end the message. `false` writes all of them unchanged.
   * @defaultValue true
   */
  readonly escape?: boolean;
  /** Maximum bytes of the structured data; parameters that do not fit are omitted and counted. @defaultValue 32768 */
  readonly maxStructuredDataBytes?: number;
}

function isSdId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH && SD_ID.test(value);
}

const RFC5424_SPEC = {
  ...REDACT_SPEC,
  facility: FACILITY,
  priorityMap: PRIORITIES,
  appName: otherwise(text(), "name of the program's main file"),
  hostname: otherwise(text(), '`os.hostname()`'),
  procId: otherwise(text(), 'the process number'),
  msgId: accepting(
    'a string, or a function of the record',
    (value): value is string | ((record: LogRecord) => string) =>
      typeof value === 'string' || typeof value === 'function',
    { otherwise: "the logger's name" },
  ),
  /** The SD-ID of a private element must be a name and an enterprise number. */
  sdId: accepting(`name@number of at most ${MAX_NAME_LENGTH} characters, such as shop@32473`, isSdId, {
    fallback: 'hindsight@32473',
  }),
  bom: boolean(true),
  message: HANDLER_SPEC.formatter,
  escape: boolean(true),
  maxStructuredDataBytes: integer(0, 32_768),
} satisfies SpecOf<Rfc5424FormatterOptions>;

/** Maximum lengths of the header fields: RFC 5424, section 6. */
const MAX = { hostname: 255, appName: 48, procId: 128, msgId: 32 } as const;
const VALUE_LIMITS = { maxStringLength: 16_384, maxDepth: 8, maxEntries: 200 } as const;

/**
 * `<14>1 2024-02-29T08:15:00.123Z web-1 shop 4242 shop.orders [hindsight@32473 order="13"] order placed`
 *
 * The fields of `extra`, the scope's ids and, on a held record, `seq` and `hindsight` are parameters of one element.
 * Objects and arrays are written as JSON. Use it as the `formatter` of a SysLogHandler: messages keep their line breaks,
 * because the transport marks where a message ends. With other handlers each message is one line.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` if an option is wrong.
 * @example
 * new SysLogHandler({ address: ['logs', 6514], tls: {}, formatter: new Rfc5424Formatter({ appName: 'shop' }) });
 */
export class Rfc5424Formatter implements RecordFormatter {
  readonly facility: FacilityName | number;
  readonly usesCaller: boolean;
  readonly #priorityMap: PriorityMap;
  readonly #message: RecordFormatter;
  readonly #msgId: string | ((record: LogRecord) => string) | undefined;
  readonly #sdId: string;
  readonly #bom: string;
  readonly #escape: boolean;
  /** The `message` option is not set: the default formatter makes the text. */
  readonly #isOwnText: boolean;
  readonly #maxDataBytes: number;
  readonly #redactor: Redactor | undefined;
  readonly #writer: JsonWriter;
  readonly #time: IsoTime;
  /** Cache of the last logger name and its MSGID: most records come from few loggers. */
  #lastMsgId = { raw: '', field: NIL };

  constructor(options: Rfc5424FormatterOptions = {}) {
    const settings = readOptions(RFC5424_SPEC, options, new.target);
    const own = processIdentity();
    this.facility = settings.facility;
    this.#priorityMap = settings.priorityMap;
    this.#message =
      settings.message ?? new Formatter('%(message)s', { escape: false, ...redactionOf(settings) });
    this.#escape = settings.escape;
    this.#isOwnText = settings.message === undefined;
    this.usesCaller = this.#message.usesCaller === true;
    this.#msgId = settings.msgId;
    this.#sdId = settings.sdId;
    this.#bom = settings.bom ? '\uFEFF' : '';
    this.#maxDataBytes = settings.maxStructuredDataBytes;
    this.#redactor = makeRedactor(settings);
    this.#writer = new JsonWriter(VALUE_LIMITS, this.#redactor);
    const host = headerField(settings.hostname ?? hostName(), MAX.hostname);
    const app = headerField(settings.appName ?? own.appName, MAX.appName);
    const pid = headerField(settings.procId ?? own.procId, MAX.procId);
    this.#time = new IsoTime({ suffix: ` ${host} ${app} ${pid} ` });
  }

  format(record: LogRecord): string {
    const priority = priorityOf(this.#priorityMap, record.levelname, record.levelno);
    const text = this.#message.format(record);
    return (
      this.#head(record, encodePriority(this.facility, priority), {
        room: this.#maxDataBytes,
        safe: this.#escape ? escapeControls : asItIs,
      }) + (this.#escape ? escapeControls(text) : text)
    );
  }

  /**
   * Everything before the text, including the byte order mark.
   *
   * @param priority - the number between `<` and `>`
   * @param maxBytes - maximum bytes of a message; its structured data gets at most half of them
   */
  head(record: LogRecord, priority: number, maxBytes = Number.POSITIVE_INFINITY): string {
    return this.#head(record, priority, {
      room: Math.min(this.#maxDataBytes, Math.floor(maxBytes / 2)),
      safe: this.#escape ? escapeAllButNewlines : asItIs,
    });
  }

  /** The text of the message with its line breaks, for a transport that marks where a message ends. */
  text(record: LogRecord): string {
    const text = this.#message.format(record);
    return this.#escape && this.#isOwnText ? escapeAllButNewlines(text) : text;
  }

  #head(
    record: LogRecord,
    priority: number,
    { room, safe }: { readonly room: number; readonly safe: (text: string) => string },
  ): string {
    const params = this.#params(record).map(([name, value]) => [name, safe(value)] as const);
    const data = structuredData(this.#sdId, params, room);
    return `<${priority}>1 ${this.#timestamp(record)}${this.#msgIdOf(record)} ${data} ${this.#bom}`;
  }

  #timestamp(record: LogRecord): string {
    const text = this.#time.text(record.created);
    // Only years with four digits are valid (RFC 5424, section 6.2.3). ISO 8601 writes others with a sign and six digits.
    if (text[4] === '-') return text;
    const length = text.startsWith('Invalid Date') ? 'Invalid Date'.length : text.indexOf('Z') + 1;
    return NIL + text.slice(length);
  }

  #msgIdOf(record: LogRecord): string {
    const wanted = this.#msgId ?? record.name;
    const raw = typeof wanted === 'function' ? wanted(record) : wanted;
    if (raw !== this.#lastMsgId.raw) this.#lastMsgId = { raw, field: headerField(raw, MAX.msgId) };
    return this.#lastMsgId.field;
  }

  #params(record: LogRecord): (readonly [string, string])[] {
    const params: (readonly [string, string])[] = [];
    const { extra, ids, hindsight } = record;
    this.#writer.begin();
    if (extra !== undefined) this.#add(params, extra);
    if (ids !== undefined) this.#add(params, ids, extra);
    if (record.seq !== 0) params.push(['seq', String(record.seq)]);
    if (hindsight !== undefined) params.push(['hindsight', hindsight.reason]);
    return params;
  }

  /** Skips keys of `taken`: if an id and a key of `extra` have the same name, `extra` is used. */
  #add(
    params: (readonly [string, string])[],
    fields: Readonly<Record<string, unknown>>,
    taken?: Readonly<Record<string, unknown>>,
  ): void {
    try {
      for (const key of Object.keys(fields)) {
        if (taken !== undefined && Object.hasOwn(taken, key)) continue;
        const value = this.#writer.shown(key, fields[key]);
        if (value !== undefined) params.push([key, this.#value(value)]);
      }
    } catch {
      // A getter or a Proxy threw: write all fields under one name, with the writer that never throws.
      params.push(['extra', this.#writer.write(fields)]);
    }
  }

  #value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return value;
      case 'number':
      case 'boolean':
      case 'bigint':
        return String(value);
      default:
        return this.#writer.text(value);
    }
  }
}

function asItIs(text: string): string {
  return text;
}

function redactionOf({ redact, censor }: Settings<typeof REDACT_SPEC>): RedactOptions {
  return {
    ...(redact === undefined ? {} : { redact }),
    ...(censor === undefined ? {} : { censor }),
  };
}

describeFormatter(Rfc5424Formatter, RFC5424_SPEC, 'rfc5424');
