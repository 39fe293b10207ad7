/** Writes records as JSON text for another thread or process. */
import type { LogRecord } from '../core/log-record';
import { quote } from '../formatters/json/json-text';
import { JsonWriter } from '../formatters/json/json-writer';
import { asText, isError } from '../internal/foreign';
import { wholeMs } from '../internal/iso-time';
import { isHeadersKey } from '../internal/print/header-credentials';
import { QueuedRecord } from './log-queue';

/** Higher limits than a formatter's, since the formatter runs behind the queue. */
const LIMITS = { maxStringLength: 262_144, maxDepth: 16, maxEntries: 2000 } as const;
/** Most programs have few names. The limit is for a program that generates them. */
const CACHE_LIMIT = 1000;
/** Longer names are not cached. */
const CACHED_LENGTH = 1024;

/** Version of the text format. */
export const RECORD_VERSION = 1;

/** Where a record was logged. It is the same for nearly all records of a process. */
interface Origin {
  readonly process: number;
  readonly processName: string;
  readonly thread: number;
  readonly threadName: string;
  /** The start of `relativeCreated`, in ms since the epoch. */
  readonly base: number;
}

function originOf(record: LogRecord): Origin {
  const { process, processName, thread, threadName, relativeCreated } = record;
  const base = wholeMs(record.created) - relativeCreated;
  return { process, processName, thread, threadName, base };
}

/** Encodes records and caches the parts that many records share. One for each process is enough. */
export class RecordEncoder {
  readonly #writer = new JsonWriter(LIMITS, undefined);
  readonly #keys = new Map<string, string>();
  readonly #heads = new Map<string, string>();
  #last = { name: '', levelno: -1, levelname: '', head: '' };
  #created = Number.NaN;
  #createdText = '';
  #origin: Origin | undefined;
  #originText = '';

  /** Returns one line. Never throws because of a value in the record. */
  encode(record: LogRecord): string {
    const writer = this.#writer;
    writer.begin();
    const { extra } = record;
    const text =
      `${this.#head(record)},"created":${this.#time(record.created)},"message":${writer.string(messageOf(record))},` +
      this.#originOf(record);
    return `${extra === undefined ? text : `${text},"extra":${this.#fields(extra)}`}${this.#rest(record)}}`;
  }

  /** Seconds. Cached, since formatting this number takes as long as all the others. */
  #time(created: number): string {
    if (created !== this.#created) {
      this.#created = created;
      this.#createdText = this.#writer.write(created);
    }
    return this.#createdText;
  }

  /** The same text as the writer's, in half the time for strings and numbers. */
  #fields(extra: Readonly<Record<string, unknown>>): string {
    try {
      const keys = Object.keys(extra);
      if (keys.length > LIMITS.maxEntries) return this.#writer.write(extra);
      let text = '';
      for (const key of keys) {
        const value = extra[key];
        if (value === undefined) continue;
        if (typeof value === 'number' && Number.isFinite(value)) text += this.#key(key) + value;
        else if (typeof value === 'string' && !isHeadersKey(key))
          text += this.#key(key) + this.#writer.string(value);
        else text += this.#key(key) + this.#writer.field(key, value);
      }
      return `{${text.slice(1)}}`;
    } catch {
      // A getter or a Proxy threw. The writer handles this and writes the rest.
      return this.#writer.write(extra);
    }
  }

  /** `,"key":` */
  #key(key: string): string {
    let text = this.#keys.get(key);
    if (text === undefined) {
      text = `,${this.#writer.string(key)}:`;
      if (key.length <= CACHED_LENGTH) {
        if (this.#keys.size >= CACHE_LIMIT) this.#keys.clear();
        this.#keys.set(key, text);
      }
    }
    return text;
  }

  /** Version, logger and level. Cached for each level and logger. */
  #head({ name, levelno, levelname }: LogRecord): string {
    const last = this.#last;
    if (name === last.name && levelno === last.levelno && levelname === last.levelname) return last.head;
    const id = `${levelno} ${levelname} ${name}`;
    let head = this.#heads.get(id);
    if (head === undefined) {
      head = `{"v":${RECORD_VERSION},"name":${quote(asText(name))},"levelno":${levelno},"levelname":${quote(asText(levelname))}`;
      // A level from elsewhere may hold what separates it from the name, and must not stand for another pair.
      if (id.length <= CACHED_LENGTH && !asText(levelname).includes(' ')) {
        if (this.#heads.size >= CACHE_LIMIT) this.#heads.clear();
        this.#heads.set(id, head);
      }
    }
    this.#last = { name, levelno, levelname, head };
    return head;
  }

  #originOf(record: LogRecord): string {
    const last = this.#origin;
    const same =
      last !== undefined &&
      last.process === record.process &&
      last.thread === record.thread &&
      last.processName === record.processName &&
      last.threadName === record.threadName &&
      last.base === wholeMs(record.created) - record.relativeCreated;
    if (!same) {
      this.#origin = originOf(record);
      this.#originText = this.#writer.write(this.#origin).slice(1, -1);
    }
    return this.#originText;
  }

  /** The keys that few records have. */
  #rest(record: LogRecord): string {
    const writer = this.#writer;
    const queued = record instanceof QueuedRecord ? record : undefined;
    const { excInfo, excText, stackInfo } = queued?.parts ?? record;
    let text = this.#error(excInfo);
    // `excText` is sent only without an Error, since it can be made from the Error again.
    if (text === '' && excText) text = `,"excText":${writer.string(excText)}`;
    if (stackInfo) text += `,"stackInfo":${writer.string(stackInfo)}`;
    const { context, ids, hindsight } = record;
    if (context !== undefined) text += `,"context":{"id":${quote(context.id)},"fields":${writer.write(ids)}}`;
    else if (ids !== undefined) text += `,"ids":${writer.write(ids)}`;
    if (record.seq !== 0) text += `,"seq":${record.seq}`;
    if (hindsight !== undefined) text += `,"hindsight":${writer.write(hindsight)}`;
    if (record.lineno !== 0) text += this.#caller(record);
    if (queued?.to !== undefined) text += `,"to":${quote(queued.to)}`;
    return text;
  }

  #error(error: unknown): string {
    if (error === undefined || error === null) return '';
    return `,"${isError(error) ? 'error' : 'thrown'}":${this.#writer.write(error)}`;
  }

  #caller({ pathname, lineno, funcName }: LogRecord): string {
    const name = funcName === undefined ? '' : `,"funcName":${this.#writer.write(funcName)}`;
    return `,"pathname":${this.#writer.write(pathname)},"lineno":${lineno}${name}`;
  }
}

function messageOf(record: LogRecord): string {
  if (record instanceof QueuedRecord && record.parts !== undefined) return record.parts.message;
  return record.getMessage();
}
