/** Writes any value as a pickle of protocol 1 that contains only plain data, no names of code. Its size is limited. */
import { types } from 'node:util';
import { formatException } from '../../core/exception-text';
import { asText, isArray, isError, readOrReason, throwsMark } from '../../internal/foreign';
import { isHeadersKey } from '../../internal/print/header-credentials';
import { PrintWalk } from '../../internal/print/print-walk';
import { cutText, PrintedText } from '../../internal/print/printed-text';
import { OP, PickleWriter } from './pickle-writer';

/** Maximum depth of dicts and lists. */
const MAX_DEPTH = 100;
/** Maximum objects of one record, and bytes after which its other fields are cut. Our own receiver accepts these. */
const MAX_OBJECTS = 10_000;
const MAX_BYTES = 256 * 1024;
/** Items between MARK and APPENDS or SETITEMS, as in CPython's pickler. */
const BATCH = 1000;

const CUT = '[Cut: the record is too large]';

/**
 * Writes values to a PickleWriter. Python reads them as:
 *
 * - null and undefined: None; properties that are undefined are omitted.
 * - a whole number up to 2^53: int; any other number: float; a bigint: int; a string: str.
 * - an array: list; a frozen array: tuple; a Set: list.
 * - a Map: dict; its keys stay str, int, float, bool, None or tuple, others become text.
 * - an object: dict of its own properties, or of what its `toJSON` returns.
 * - as text: a Date (ISO 8601), an Error (with its stack), bytes (hexadecimal), RegExp, symbols, functions.
 *
 * Differs from CPython: Date, Map, Set and class instances never become a GLOBAL, so a receiver that refuses GLOBAL
 * accepts the record.
 */
export class PickleEncoder {
  readonly writer: PickleWriter;
  /** Does not limit the entries of a container, because the encoder limits the size of the pickle. */
  readonly #walk = new PrintWalk({
    as: 'data',
    keepsBytes: true,
    limits: { maxDepth: MAX_DEPTH, maxEntries: MAX_BYTES, maxValues: MAX_OBJECTS },
  });

  constructor(writer = new PickleWriter()) {
    this.writer = writer;
  }

  /** One value as a whole pickle. */
  encode(value: unknown): Buffer {
    this.begin();
    this.writer.reset();
    this.value(value);
    this.writer.opcode(OP.stop);
    return this.writer.take();
  }

  /** Keys and values without the dict around them. */
  entries(entries: readonly (readonly [string, unknown])[]): Buffer {
    this.begin();
    this.writer.reset();
    for (const [key, value] of entries) this.entry(key, value);
    return this.writer.take();
  }

  /** Begins a record: resets the counters of the limits. */
  begin(): void {
    this.#walk.begin();
  }

  /** Writes one value. Never throws: a value that cannot be read becomes a text with the reason. */
  value(value: unknown): void {
    this.#shown(typeof value === 'object' ? this.#walk.value(value) : value);
  }

  /** A key and its value. */
  entry(key: string, value: unknown): void {
    this.writer.text(key);
    const isLooked = typeof value === 'object' || (typeof value === 'string' && isHeadersKey(key));
    this.#shown(isLooked ? this.#walk.field(key, value) : value);
  }

  #shown(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.writer.number(value);
      case 'boolean':
        return this.writer.boolean(value);
      case 'bigint':
        return this.writer.bigint(value);
      case 'symbol':
        return this.#text(value.toString());
      case 'function':
        return this.#text(`[Function: ${asText(readOrReason(value, 'name')) || 'anonymous'}]`);
      case 'object':
        return value === null ? this.writer.opcode(OP.none) : this.#safely(value);
      default:
        return this.writer.opcode(OP.none);
    }
  }

  #safely(value: object): void {
    const { length } = this.writer;
    try {
      this.#object(value);
    } catch (error) {
      this.writer.rewind(length);
      this.writer.text(throwsMark(error));
    }
  }

  #text(text: string): void {
    const room = Math.max(0, MAX_BYTES - this.writer.length);
    // One UTF-16 code unit takes at most three bytes.
    const bytes = text.length * 3 > room ? Buffer.byteLength(text) : 0;
    this.writer.text(bytes > room ? cutText(text, Math.floor((text.length * room) / bytes)) : text);
  }

  #object(value: object): void {
    if (this.#isFull()) return this.writer.text(CUT);
    const text = this.#objectAsText(value);
    if (text !== undefined) return this.#text(text);
    if (types.isBoxedPrimitive(value)) return this.#shown(value.valueOf());
    if (isArray(value)) return Object.isFrozen(value) ? this.#tuple(value) : this.#list(value);
    if (types.isSet(value)) return this.#list([...value]);
    return this.#dict(types.isMap(value) ? [...value] : propertiesOf(value));
  }

  /** The text of an object that is written as a string; undefined for other objects. */
  #objectAsText(value: object): string | undefined {
    if (value instanceof PrintedText) return value.toString();
    if (isError(value)) return formatException(value);
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value)) return hexadecimal(value.buffer, value.byteOffset, value.byteLength);
    if (types.isAnyArrayBuffer(value)) return hexadecimal(value, 0, value.byteLength);
    if (types.isRegExp(value)) return String(value);
    if (types.isPromise(value)) return '[Promise]';
    return types.isWeakMap(value) || types.isWeakSet(value) ? '[Weak collection]' : undefined;
  }

  #tuple(items: readonly unknown[]): void {
    if (items.length === 0) return this.writer.opcode(OP.emptyTuple);
    this.writer.opcode(OP.mark);
    for (const item of items) {
      if (this.#isFull()) {
        this.writer.text(CUT);
        break;
      }
      this.#shown(item);
    }
    return this.writer.opcode(OP.tuple);
  }

  #list(items: readonly unknown[]): void {
    const { writer } = this;
    writer.opcode(OP.emptyList);
    if (items.length === 1) {
      this.#shown(items[0]);
      return writer.opcode(OP.append);
    }
    for (let from = 0; from < items.length; from += BATCH) {
      writer.opcode(OP.mark);
      const end = Math.min(from + BATCH, items.length);
      for (let i = from; i < end; i++) this.#shown(items[i]);
      writer.opcode(OP.appends);
      if (this.#isFull() && end < items.length) {
        writer.text(CUT);
        return writer.opcode(OP.append);
      }
    }
    return undefined;
  }

  #dict(entries: readonly (readonly [unknown, unknown])[]): void {
    const { writer } = this;
    writer.opcode(OP.emptyDict);
    const [only] = entries;
    if (only !== undefined && entries.length === 1) {
      this.#item(only);
      return writer.opcode(OP.setItem);
    }
    for (let from = 0; from < entries.length; from += BATCH) {
      writer.opcode(OP.mark);
      for (const entry of entries.slice(from, from + BATCH)) this.#item(entry);
      writer.opcode(OP.setItems);
      if (this.#isFull() && from + BATCH < entries.length) {
        writer.text('…');
        writer.text(CUT);
        return writer.opcode(OP.setItem);
      }
    }
    return undefined;
  }

  #isFull(): boolean {
    return this.writer.length >= MAX_BYTES;
  }

  #item([key, value]: readonly [unknown, unknown]): void {
    // Keys are not cut: two keys with the same beginning would become one.
    if (typeof key === 'string') this.writer.text(key);
    else this.#shown(isHashable(key) ? key : asText(key));
    return this.#shown(value);
  }
}

/** Own enumerable properties that are not undefined; a getter that throws gets a text with the reason. */
function propertiesOf(value: object): (readonly [string, unknown])[] {
  const entries: (readonly [string, unknown])[] = [];
  for (const key of Object.keys(value)) {
    const item = readOrReason(value, key);
    if (item !== undefined) entries.push([key, item]);
  }
  return entries;
}

/** Whether Python accepts the value as a key of a dict. */
function isHashable(key: unknown): boolean {
  if (Array.isArray(key)) return Object.isFrozen(key) && key.every(isHashable);
  return typeof key !== 'object' || key === null;
}

function hexadecimal(buffer: ArrayBufferLike, from: number, length: number): string {
  const text = Buffer.from(buffer, from, Math.min(length, MAX_BYTES / 2)).toString('hex');
  return length * 2 > MAX_BYTES ? `${text}…` : text;
}
