/** Texts that replace a value: a mark, a class name, the first bytes. */
import { inspect, types } from 'node:util';
import { asText, classNameOf, isArray, isError, readProperty } from '../foreign';

/** Bytes of a Buffer or typed array that are shown. */
const SHOWN_BYTES = 32;
/** Characters of the message of an Error that is nested too deep. */
const SHOWN_MESSAGE = 200;

/** A text that `util.inspect`, `String()` and `JSON.stringify` print as it is, if possible without quotes. */
export class PrintedText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): string {
    return this.#text;
  }

  [inspect.custom](): string {
    return this.#text;
  }
}

/** The text, or its first `max` characters and how many were cut. Does not split surrogate pairs. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
  return `${text.slice(0, end)}…[${text.length - end} more characters cut]`;
}

export type Bytes = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

export function isBytes(value: unknown): value is Bytes {
  return ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value);
}

/** `[Buffer of 52428800 bytes: 0a1b…]` */
export function bytesText(value: Bytes): string {
  const view = ArrayBuffer.isView(value);
  const bytes = view ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
  const kind = view ? classNameOf(value) : 'ArrayBuffer';
  const more = bytes.length > SHOWN_BYTES ? '…' : '';
  return `[${kind} of ${bytes.length} bytes: ${bytes.toString('hex', 0, SHOWN_BYTES)}${more}]`;
}

/** The text for an object below the deepest level. */
export function tooDeepText(value: object): string {
  if (isArray(value)) return `[Array(${value.length})]`;
  if (!isError(value)) return '[Object]';
  const [name, message] = [readProperty(value, 'name'), readProperty(value, 'message')];
  return `[${asText(name)}: ${cutText(asText(message), SHOWN_MESSAGE)}]`;
}
