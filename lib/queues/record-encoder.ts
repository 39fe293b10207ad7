/** Writes records as JSON text: what leaves the thread or the process. */
import type { LogRecord } from '../core/log-record';
import { asText, isError } from '../internal/foreign';
import { isHeadersKey } from '../internal/print/header-credentials';
import { quote } from '../formatters/json/json-text';
import { JsonWriter } from '../formatters/json/json-writer';
import { QueuedRecord } from './queued-record';
import { wholeMs } from '../internal/whole-ms';

/** Wider than a formatter's: what is printed is decided behind the queue. */
const LIMITS = { maxStringLength: 262_144, maxDepth: 16, maxEntries: 2000 } as const;
/** Names are few in a sane program; a program that makes them up must not grow the cache. */
const CACHE_LIMIT = 1000;
/** Longer ones come from a peer, if at all. */
const CACHED_LENGTH = 1024;

/** Of the text. */
export const RECORD_VERSION = 1;

/** Where a record was logged; the same for nearly all records of a process. */
interface Origin {
  readonly process: number;
  readonly processName: string;
  readonly thread: number;
  readonly threadName: string;
  /** What `relativeCreated` counts from, in ms. */
  readonly base: number;
}

function originOf(record: LogRecord): Origin {
  const { process, processName, thread, threadName, relativeCreated } = record;
  const base = wholeMs(record.created) - relativeCreated;
  return { process, processName, thread, threadName, base };
}

/** Keeps what many records have in common; one is enough for a process. */
export class RecordEncoder {
  readonly #writer = new JsonWriter(LIMITS, undefined);
  readonly #keys = new Map<string, string>();
  readonly #heads = new Map<string, string>();
  #last = { name: '', levelno: -1, levelname: '', head: '' };
  #created = Number.NaN;
  #createdText = '';
  #origin: Origin | undefined;
  #originText = '';

  /** One line. Never throws for a value the record holds. */
  encode(record: LogRecord): string {
    const writer = this.#writer;
    writer.begin();
    const { extra } = record;
    const text =
      `${this.#head(record)},"created":${this.#time(record.created)},"message":${writer.string(messageOf(record))},` +
      this.#originOf(record);
    return `${extra === undefined ? text : `${text},"extra":${this.#fields(extra)}`}${this.#rest(record)}}`;
  }

  /** Seconds; the records of one millisecond share the text, which takes as long as all other numbers. */
  #time(created: number): string {
    if (created !== this.#created) {
      this.#created = created;
      this.#createdText = this.#writer.write(created);
    }
    return this.#createdText;
  }

  /** As the writer would, in half the time where the values are texts and numbers. */
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
      // A getter or a Proxy threw: the writer survives this, and writes the rest.
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

  /** Version, logger and level: the same text for all records of a level and logger. */
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

  /** What few records have. */
  #rest(record: LogRecord): string {
    const writer = this.#writer;
    const queued = record instanceof QueuedRecord ? record : undefined;
    const { excInfo, excText, stackInfo } = queued?.parts ?? record;
    let text = this.#error(excInfo);
    // The text of an Error is made of it again; only a text that has no Error is sent.
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
