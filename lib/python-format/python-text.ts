/** Values as text in the way of Python's str() and repr(), for Python's format strings. */
import { types } from 'node:util';
import {
  asText,
  classNameOf,
  inspectValue,
  isArray,
  isError,
  isPlainObject,
  keysOf,
  readOrReason,
  readProperty,
  throwsMark,
} from '../internal/foreign';
import { bytesText, isBytes } from '../internal/print/printed-text';
import { reprFloat } from './float-text';

/** The type of a field in Python if JavaScript cannot tell: 1.0 is not an integer, and `args` is a tuple. */
export type FieldKind = 'float' | 'tuple' | undefined;

const FLOAT_FIELDS: ReadonlySet<string> = new Set(['created', 'msecs', 'relativeCreated']);

export function fieldKind(name: string): FieldKind {
  if (FLOAT_FIELDS.has(name)) return 'float';
  return name === 'args' ? 'tuple' : undefined;
}

/** Deeper containers are printed as `...`. */
const MAX_DEPTH = 16;
/** For more bytes, only the size and the first bytes are printed. */
const MAX_BYTES = 1024;

export function isPythonInt(value: unknown, kind?: FieldKind): value is number | bigint {
  if (typeof value === 'bigint') return true;
  return kind !== 'float' && Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** The name of the value's type in Python's error messages. */
export function pythonType(value: unknown, kind?: FieldKind): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (isPythonInt(value, kind)) return 'int';
  if (typeof value === 'number') return 'float';
  if (isArray(value)) return kind === 'tuple' ? 'tuple' : 'list';
  if (types.isSet(value)) return 'set';
  if (types.isUint8Array(value)) return 'bytes';
  if (types.isMap(value) || isPlainObject(value)) return 'dict';
  return typeof value === 'object' ? classNameOf(value) : typeof value;
}

const UNPRINTABLE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A character as Python escapes it: `\n`, `\x1b`, `\u2028`, `\U0001f600`. */
export function escapeCodePoint(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

function reprString(text: string): string {
  const escaped = text.replace(UNPRINTABLE, escapeCodePoint);
  if (escaped.includes("'") && !escaped.includes('"')) return `"${escaped}"`;
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

function reprBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    text += byte < 0x7f ? character.replace(UNPRINTABLE, escapeCodePoint) : escapeCodePoint(character);
  }
  return text.includes("'") && !text.includes('"') ? `b"${text}"` : `b'${text.replaceAll("'", "\\'")}'`;
}

function reprDict(entries: Iterable<readonly [unknown, unknown]>, outer: readonly object[]): string {
  const parts: string[] = [];
  for (const [key, value] of entries)
    parts.push(`${repr(key, undefined, outer)}: ${repr(value, undefined, outer)}`);
  return `{${parts.join(', ')}}`;
}

function propertiesOf(value: object): readonly (readonly [unknown, unknown])[] {
  return keysOf(value).map((key) => [key, readOrReason(value, key)] as const);
}

/** An object that is not a list, dict or set. */
function reprOther(value: object): string {
  if (isBytes(value) && value.byteLength > MAX_BYTES) return bytesText(value);
  return types.isUint8Array(value) ? reprBytes(value) : inspectValue(value, { breakLength: Infinity });
}

/** Whether `args` has only a non-empty dict. Python's LogRecord then replaces the tuple by the dict. */
function isOnlyDict([first, ...more]: readonly unknown[]): boolean {
  return more.length === 0 && isPlainObject(first) && keysOf(first).length > 0;
}

function reprObject(value: object, kind: FieldKind, outer: readonly object[]): string {
  const isList = isArray(value);
  const isMap = types.isMap(value);
  const isDict = isMap || isPlainObject(value);
  if (!isList && !isDict && !types.isSet(value)) return reprOther(value);
  if (outer.includes(value) || outer.length >= MAX_DEPTH) return isList ? '[...]' : '{...}';
  const inner = [...outer, value];
  if (isDict) return reprDict(isMap ? value : propertiesOf(value), inner);
  const items = Array.from(value as Iterable<unknown>, (item) => repr(item, undefined, inner));
  if (!isList) return items.length === 0 ? 'set()' : `{${items.join(', ')}}`;
  if (kind !== 'tuple') return `[${items.join(', ')}]`;
  if (isOnlyDict(value)) return items.join('');
  return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
}

function repr(value: unknown, kind: FieldKind, outer: readonly object[]): string {
  if (value === null || value === undefined) return 'None';
  switch (typeof value) {
    case 'string':
      return reprString(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return isPythonInt(value, kind) ? String(value) : reprFloat(value);
    case 'object':
      return reprObject(value, kind, outer);
    default:
      return typeof value === 'bigint' ? value.toString() : inspectValue(value);
  }
}

/** Python's repr(). Class instances and functions are printed by `util.inspect`. Never throws. */
export function pythonRepr(value: unknown, kind?: FieldKind): string {
  try {
    return repr(value, kind, []);
  } catch (error) {
    // For example, a Proxy of an array whose traps throw.
    return throwsMark(error);
  }
}

/** Python's ascii(): repr() with escaped non-ASCII characters. */
export function pythonAscii(value: unknown, kind?: FieldKind): string {
  return pythonRepr(value, kind).replace(/[^\0-\x7f]/gu, escapeCodePoint);
}

/** Python's str(). For an Error, its message. Uses an instance's own `toString`. Never throws. */
export function pythonStr(value: unknown, kind?: FieldKind): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return pythonRepr(value, kind);
  if (isError(value)) return asText(readOrReason(value, 'message'));
  if (types.isDate(value) || isArray(value) || isPlainObject(value) || isBytes(value)) {
    return pythonRepr(value, kind);
  }
  return ownText(value) ?? pythonRepr(value, kind);
}

function ownText(value: object): string | undefined {
  const toString = readProperty(value, 'toString');
  if (typeof toString !== 'function' || toString === Object.prototype.toString) return undefined;
  try {
    const text: unknown = toString.call(value);
    return typeof text === 'string' ? text : undefined;
  } catch (error) {
    return throwsMark(error);
  }
}

/** Length in code points, as Python counts widths. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) count--;
    }
  }
  return count;
}

/** The first code points of a text. */
export function cutCodePoints(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let i = 0; i < count && end < text.length; i++) {
    const code = text.codePointAt(end) ?? 0;
    end += code > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}
