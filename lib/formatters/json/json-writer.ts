/** Writes any value as JSON text, including circular, throwing, huge and unsupported values. */
import { types } from 'node:util';
import { asText, isArray, isError, readOrReason, readProperty, throwsMark } from '../../internal/foreign';
import { bytesText, cutText, isBytes, PrintedText } from '../../internal/print/printed-text';
import { PrintWalk } from '../../internal/print/print-walk';
import type { Redactor } from '../redactor';
import { quote } from './json-text';

export interface JsonLimits {
  /** Maximum characters of one string. */
  readonly maxStringLength: number;
  /** Maximum depth of nested objects and arrays. */
  readonly maxDepth: number;
  /** Maximum keys of one object, and maximum items of one array. */
  readonly maxEntries: number;
}

/** Limits per record, so that deep and wide values cannot make a line of gigabytes. */
const MAX_VALUES = 10_000;
const MAX_CHARACTERS = 1_048_576;

/** Properties of an Error that `#error` writes itself. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** Writes the result of a PrintWalk, which has already replaced secrets and circular references and applied the limits. */
export class JsonWriter {
  readonly #maxStringLength: number;
  readonly #walk: PrintWalk;
  #characters = 0;

  constructor({ maxStringLength, maxDepth, maxEntries }: JsonLimits, redactor: Redactor | undefined) {
    this.#maxStringLength = maxStringLength;
    this.#walk = new PrintWalk({
      as: 'data',
      limits: { maxDepth, maxEntries, maxValues: MAX_VALUES },
      redaction: redactor?.redaction,
    });
  }

  /** Begins a line: resets the counters of the limits per record. */
  begin(): void {
    this.#walk.begin();
    this.#characters = 0;
  }

  string(text: string): string {
    return quote(text.length > this.#maxStringLength ? cutText(text, this.#maxStringLength) : text);
  }

  /** Writes a value without a key. Never throws. */
  write(value: unknown): string {
    return typeof value === 'object' && value !== null
      ? this.text(this.#walk.value(value))
      : this.text(value);
  }

  /** Writes a thrown value. A value that is not an Error gets the same shape. Never throws. */
  thrown(error: unknown): string {
    if (isError(error) || types.isProxy(error)) return this.write(error);
    if (typeof error === 'object') {
      return `{"type":"object","message":"a value that is no Error","value":${this.write(error)}}`;
    }
    return `{"type":"${typeof error}","message":${this.string(asText(error))}}`;
  }

  /** Writes the value of a key; redaction uses the key. Never throws. */
  field(key: string, value: unknown): string {
    return this.text(this.#walk.field(key, value));
  }

  /** The printable copy of the value of a key, for `text`. */
  shown(key: string, value: unknown): unknown {
    return this.#walk.field(key, value);
  }

  /** Converts the result of `shown` to JSON. */
  text(value: unknown): string {
    try {
      return this.#value(value);
    } catch (error) {
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
        return quote(`[Function: ${asText(readProperty(value, 'name')) || 'anonymous'}]`);
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
    if (this.#characters > MAX_CHARACTERS) return '"[Cut: the record is too large]"';
    // Most objects are plain. The checks for other objects are slower native calls.
    if (Object.getPrototypeOf(value) === Object.prototype) return this.#plain(value);
    if (value instanceof PrintedText) return quote(value.toString());
    if (isError(value)) return this.#error(value);
    if (isArray(value)) return this.#items(value);
    return this.#leaf(value) ?? this.#plain(value);
  }

  /** Objects that are written as a single value. */
  #leaf(value: object): string | undefined {
    if (types.isDate(value))
      return Number.isNaN(value.getTime()) ? '"Invalid Date"' : quote(value.toISOString());
    if (isBytes(value)) return quote(bytesText(value));
    if (types.isRegExp(value)) return this.string(String(value));
    if (types.isBoxedPrimitive(value)) return this.#value(value.valueOf());
    if (types.isPromise(value)) return '"[Promise]"';
    if (types.isWeakMap(value) || types.isWeakSet(value)) return '"[Weak collection]"';
    if (types.isMap(value)) return this.#map(value);
    return types.isSet(value) ? this.#items([...value]) : undefined;
  }

  #plain(value: object): string {
    let text = '';
    for (const key of Object.keys(value)) text += this.#property(value, key);
    return text === '' ? '{}' : `{${text.slice(1)}}`;
  }

  /** The property with a comma before it. Empty if the value is undefined, which JSON omits. */
  #property(holder: object, key: string): string {
    const value = readOrReason(holder, key);
    return value === undefined ? '' : `,${this.string(key)}:${this.text(value)}`;
  }

  #items(items: readonly unknown[]): string {
    const shown: string[] = [];
    for (let i = 0; i < items.length; i++) shown.push(this.text(readOrReason(items, i)));
    return `[${shown.join(',')}]`;
  }

  #map(map: ReadonlyMap<unknown, unknown>): string {
    const shown: string[] = [];
    for (const [key, item] of map) {
      const text = typeof key === 'object' && key !== null ? this.text(key) : String(key);
      shown.push(`${this.string(text)}:${this.text(item)}`);
    }
    return `{${shown.join(',')}}`;
  }

  /** Type, message, stack, `errors`, cause, then the other own properties of the Error. */
  #error(error: Error): string {
    const parts = [
      `"type":${this.string(asText(readOrReason(error, 'name')))}`,
      `"message":${this.string(asText(readOrReason(error, 'message')))}`,
    ];
    const stack = readProperty(error, 'stack');
    if (typeof stack === 'string') parts.push(`"stack":${this.#counted(this.string(stack))}`);
    for (const key of ['errors', 'cause']) {
      const inner = readProperty(error, key);
      if (inner !== undefined) parts.push(`"${key}":${this.text(inner)}`);
    }
    for (const key of Object.keys(error)) {
      if (ERROR_KEYS.has(key)) continue;
      const value = readOrReason(error, key);
      // `type` is already used for the name of the Error, so an own `type` gets another key.
      const name = key === 'type' ? 'own.type' : key;
      if (value !== undefined) parts.push(`${this.string(name)}:${this.text(value)}`);
    }
    return `{${parts.join(',')}}`;
  }
}
