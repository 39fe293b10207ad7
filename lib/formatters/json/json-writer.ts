/** Any value as JSON text: circular, throwing, huge or unknown to JSON, it is written and it ends. */
import { types } from 'node:util';
import type { Redactor } from '../redactor';
import { withoutCredentials } from './credential-headers';
import { asText, throwsMark } from '../../internal/foreign';
import { cutText, quote } from './json-text';

export interface JsonLimits {
  /** Characters of one string. */
  readonly maxStringLength: number;
  /** Levels of objects and arrays. */
  readonly maxDepth: number;
  /** Keys of one object, items of one array. */
  readonly maxEntries: number;
}

/** Of one record, so that depth times width cannot make a line of gigabytes. */
const MAX_VALUES = 10_000;
const MAX_CHARACTERS = 1_048_576;
/** Bytes of a Buffer or typed array that are shown. */
const SHOWN_BYTES = 32;

/** Of an Error, these are written under their own keys. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);
const ERROR_HEAD: ReadonlySet<string> = new Set(['type', ...ERROR_KEYS]);

function bytesText(value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value as ArrayBuffer);
  const kind = ArrayBuffer.isView(value) ? value.constructor.name : 'ArrayBuffer';
  const more = bytes.length > SHOWN_BYTES ? '…' : '';
  return `[${kind} of ${bytes.length} bytes: ${bytes.toString('hex', 0, SHOWN_BYTES)}${more}]`;
}

export class JsonWriter {
  readonly #limits: JsonLimits;
  readonly #redactor: Redactor | undefined;
  readonly #outer: object[] = [];
  #values = 0;
  #characters = 0;

  constructor(limits: JsonLimits, redactor: Redactor | undefined) {
    this.#limits = limits;
    this.#redactor = redactor;
  }

  /** Begins a line: the limits of one record start anew. */
  begin(): void {
    this.#values = 0;
    this.#characters = 0;
  }

  string(text: string): string {
    const { maxStringLength } = this.#limits;
    return quote(text.length > maxStringLength ? cutText(text, maxStringLength) : text);
  }

  /** Never throws. */
  write(value: unknown): string {
    const depth = this.#outer.length;
    try {
      return this.#value(value);
    } catch (error) {
      this.#outer.length = depth;
      return quote(throwsMark(error));
    }
  }

  #value(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#counted(this.string(value));
      case 'number':
        return Number.isFinite(value) ? String(value) : `"${value}"`;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        return `"${value}"`;
      case 'symbol':
        return quote(value.toString());
      case 'function':
        return quote(`[Function: ${value.name === '' ? 'anonymous' : value.name}]`);
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        return 'null';
    }
  }

  #counted(text: string): string {
    this.#characters += text.length;
    return text;
  }

  #object(value: object): string {
    if (this.#outer.includes(value)) return '"[Circular]"';
    if (++this.#values > MAX_VALUES || this.#characters > MAX_CHARACTERS)
      return '"[Cut: the record is too large]"';
    const leaf = this.#leaf(value);
    if (leaf !== undefined) return leaf;
    if (this.#outer.length >= this.#limits.maxDepth) return quote(this.#tooDeep(value));
    this.#outer.push(value);
    const text = this.#container(value);
    this.#outer.pop();
    return text;
  }

  /** Objects that stand for one value. */
  #leaf(value: object): string | undefined {
    if (types.isDate(value))
      return Number.isNaN(value.getTime()) ? '"Invalid Date"' : quote(value.toISOString());
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return quote(bytesText(value));
    if (types.isRegExp(value)) return this.string(String(value));
    if (types.isBoxedPrimitive(value)) return this.#value(value.valueOf());
    if (types.isPromise(value)) return '"[Promise]"';
    if (types.isWeakMap(value) || types.isWeakSet(value)) return '"[Weak collection]"';
    return undefined;
  }

  #tooDeep(value: object): string {
    if (Array.isArray(value)) return `[Array(${value.length})]`;
    return value instanceof Error
      ? `[${asText(value.name)}: ${cutText(asText(value.message), 200)}]`
      : '[Object]';
  }

  #container(value: object): string {
    if (value instanceof Error) return this.#error(value);
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function') {
      const shown: unknown = toJson.call(value);
      // What it returns is written without asking it again.
      return typeof shown === 'object' && shown !== null ? this.#plain(shown) : this.#value(shown);
    }
    return this.#plain(value);
  }

  #plain(value: object): string {
    if (Array.isArray(value)) return this.#items(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#items([...(value as Set<unknown>)]);
    const keys = Object.keys(value);
    const most = this.#limits.maxEntries;
    let text = '';
    for (const key of keys.length > most ? keys.slice(0, most) : keys) text += this.#property(value, key);
    if (keys.length > most) text += `,"…":"${keys.length - most} more keys"`;
    return text === '' ? '{}' : `{${text.slice(1)}}`;
  }

  /** With a comma before it. Empty for a value of undefined, which JSON leaves out. */
  #property(holder: object, key: string): string {
    const depth = this.#outer.length;
    try {
      const value = withoutCredentials(key, Reflect.get(holder, key));
      return value === undefined ? '' : `,${this.string(key)}:${this.#value(value)}`;
    } catch (error) {
      this.#outer.length = depth;
      return `,${this.string(key)}:${quote(throwsMark(error))}`;
    }
  }

  #items(items: readonly unknown[]): string {
    const shown: string[] = [];
    const size = Math.min(items.length, this.#limits.maxEntries);
    for (let i = 0; i < size; i++) shown.push(this.write(items[i]));
    if (items.length > size) shown.push(`"… ${items.length - size} more items"`);
    return `[${shown.join(',')}]`;
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    const shown: string[] = [];
    for (const [key, item] of map) {
      if (shown.length === this.#limits.maxEntries) {
        shown.push(`"…":"${map.size - shown.length} more keys"`);
        break;
      }
      const text = typeof key === 'object' && key !== null ? this.write(key) : String(key);
      shown.push(`${this.string(text)}:${this.write(item)}`);
    }
    return `{${shown.join(',')}}`;
  }

  /** Type, message, stack, members, cause, then what the application put on the Error. */
  #error(error: Error): string {
    const parts = [
      `"type":${this.string(asText(read(error, 'name')))}`,
      `"message":${this.string(asText(read(error, 'message')))}`,
    ];
    const stack = read(error, 'stack');
    if (typeof stack === 'string') parts.push(`"stack":${this.#counted(this.string(stack))}`);
    const members = read(error, 'errors');
    if (members !== undefined) parts.push(`"errors":${this.write(members)}`);
    const cause = read(error, 'cause');
    if (cause !== undefined) parts.push(`"cause":${this.write(cause)}`);
    const own = Object.create(null) as Record<string, unknown>;
    for (const key of Object.keys(error)) {
      // An own key that would stand for something else is kept under another name.
      if (!ERROR_KEYS.has(key)) define(own, ERROR_HEAD.has(key) ? `own.${key}` : key, read(error, key));
    }
    const shown = this.#redactor === undefined ? own : this.#redactor.value(own);
    const rest = this.#plain(shown).slice(1, -1);
    if (rest !== '') parts.push(rest);
    return `{${parts.join(',')}}`;
  }
}

function read(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key);
  } catch (error) {
    // One property that throws must not hide the Error it stands on.
    return throwsMark(error);
  }
}

function define(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}
