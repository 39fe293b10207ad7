/** The printed parts of an Error: name, message and stack, additional data, and a summary for Errors of HTTP clients. */
import { inspect, types } from 'node:util';
import {
  classNameOf,
  isError,
  isInstance,
  isPlainObject,
  keysOf,
  readOrReason,
  readProperty,
  readStack,
} from '../foreign';
import { cleanUrl } from './header-credentials';
import { nameOf, readShown, setShown, shownKeys, type Visitor } from './print-copies';
import { PrintedText } from './printed-text';
import { above, type PathNode } from './redact-paths';
import { hasInspection, setHidden, setOwn } from './shown-object';

/** Levels of what somebody put on an Error. */
export const DATA_LEVELS = 3;
/** Keys of an Error that are not additional data. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);
/** Keys in which HTTP clients store requests and responses, enumerable or not. */
const EXCHANGE_KEYS = ['config', 'options', 'response', 'request', 'res', 'req'] as const;
/** At least one of these is enumerable on the Errors of each client. */
const HTTP_KEYS: ReadonlySet<string> = new Set([...EXCHANGE_KEYS, 'method']);
const ADDRESS_KEYS = ['url', 'uri', 'href', 'baseURL', 'hostname', 'host', 'path', 'status', 'statusCode'];
/** A URL, or a path with a query, in a text. Clients write them into their messages. */
const ADDRESS_IN_TEXT = /(?:\b[a-z][a-z\d+.-]*:\/)?\/[^\s"'<>()?]*(?:\?[^\s"'<>()]+)?/gi;
const MAX_URL = 1024;

/** Summary of a request and its response. */
export interface HttpSummary {
  method?: string;
  url?: string;
  status?: number;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether this is a request, a response or their options: it has headers or a method, and an address or a status. */
export function isExchange(value: unknown): value is object {
  if (!isObject(value) || isError(value)) return false;
  const says = isObject(readProperty(value, 'headers')) || typeof readProperty(value, 'method') === 'string';
  return says && ADDRESS_KEYS.some((key) => readProperty(value, key) !== undefined);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const href = readProperty(value, 'href');
  return typeof href === 'string' ? href : undefined;
}

/** The address in one of the parts. A path is appended to the known host. */
function addressOf(part: object): string | undefined {
  const given = textOf(readProperty(part, 'url')) ?? textOf(readProperty(part, 'uri'));
  const base = textOf(readProperty(part, 'baseURL'));
  if (given !== undefined && given !== '') {
    if (base === undefined || /^[\w+.-]*:?\/\//.test(given)) return given;
    return `${base.replace(/\/+$/, '')}/${given.replace(/^\/+/, '')}`;
  }
  const [protocol, host, path] = ['protocol', 'host', 'path'].map((key) => readProperty(part, key));
  if (typeof path !== 'string') return base;
  const origin = typeof protocol === 'string' ? `${protocol}//` : '//';
  return typeof host === 'string' && host !== '' ? `${origin}${host}${path}` : path;
}

/** The parts with information. superagent and got store the request in the response. */
function partsOf(error: Error): readonly object[] {
  const parts = EXCHANGE_KEYS.map((key) => readProperty(error, key)).filter(isExchange);
  // superagent sets both on the Error itself.
  const isPart = ['method', 'path'].every((key) => typeof readProperty(error, key) === 'string');
  const inner = parts.flatMap((part) => ['request', 'config', 'req'].map((key) => readProperty(part, key)));
  return [...(isPart ? [error] : []), ...parts, ...inner.filter(isExchange)];
}

function firstOf<T>(parts: readonly object[], read: (part: object) => T | undefined): T | undefined {
  for (const part of parts) {
    const found = read(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The summary for an Error of an HTTP client. Undefined for other Errors. */
export function httpSummary(error: Error): HttpSummary | undefined {
  // Most Errors have none of these keys, and reading the parts takes time.
  const parts = keysOf(error).some((key) => HTTP_KEYS.has(key)) ? partsOf(error) : [];
  if (parts.length === 0) return undefined;
  const method = firstOf(parts, (part) => {
    const value = readProperty(part, 'method');
    return typeof value === 'string' && value !== '' ? value.toUpperCase().slice(0, 32) : undefined;
  });
  const url = firstOf(parts, addressOf);
  const status = firstOf([error, ...parts], (part) => {
    const value = readProperty(part, 'status') ?? readProperty(part, 'statusCode');
    return typeof value === 'number' ? value : undefined;
  });
  return {
    ...(method === undefined ? {} : { method }),
    ...(url === undefined ? {} : { url: cleanUrl(url).slice(0, MAX_URL) }),
    ...(status === undefined ? {} : { status }),
  };
}

/** The text with addresses without user, password and values of the query. */
export function cleanAddresses(text: string): string {
  return text.includes('?') || text.includes('@') ? text.replace(ADDRESS_IN_TEXT, cleanUrl) : text;
}

/** As above, but does not change the file names in the frames. */
function cleanStack(stack: string): string {
  const frames = stack.indexOf('\n    at ');
  return frames < 0 ? cleanAddresses(stack) : cleanAddresses(stack.slice(0, frames)) + stack.slice(frames);
}

/** The printable stack of an Error. Undefined if it has none. */
export function stackOf(error: Error): string | undefined {
  const stack = readStack(error);
  if (typeof stack !== 'string' || stack === '') return undefined;
  return httpSummary(error) === undefined ? stack : cleanStack(stack);
}

export interface CopyErrorOptions {
  readonly nodes: readonly PathNode[];
  readonly visitor: Visitor;
  /** Walks one key within the limits for additional data. */
  readonly part: (walk: () => unknown) => unknown;
}

type Entry = readonly [key: PropertyKey, shown: unknown, before: unknown];

function headOf(error: Error, isHttp: boolean, { visitor, part }: CopyErrorOptions): readonly Entry[] {
  return ['name', 'message', 'stack'].map((key) => {
    const before = key === 'stack' ? readStack(error) : readOrReason(error, key);
    if (typeof before === 'string') {
      const clean = key === 'stack' ? cleanStack : cleanAddresses;
      return [key, isHttp ? clean(before) : before, before];
    }
    return [key, part(() => visitor.below(before, [])), before];
  });
}

/** Members and cause. A value that is not an Error is printed as if it were thrown itself. */
function innerOf(error: Error, { nodes, visitor, part }: CopyErrorOptions): readonly Entry[] {
  const [root] = visitor.roots;
  const entries: Entry[] = [];
  for (const key of ['errors', 'cause']) {
    const value = readProperty(error, key);
    if (value === undefined) continue;
    const tops = root === undefined ? [] : [key === 'errors' ? above(above(root)) : above(root)];
    entries.push([key, part(() => visitor.child(key, value, [...nodes, ...tops])), value]);
  }
  return entries;
}

/** Additional keys of the Error: plain data. For requests and responses, only the name of their class. */
function dataOf(error: Error, isHttp: boolean, { nodes, visitor, part }: CopyErrorOptions): readonly Entry[] {
  const keys = shownKeys(error, visitor).filter((key) => !ERROR_KEYS.has(nameOf(key)));
  const entries = keys.slice(0, visitor.maxEntries).map((key): Entry => {
    const value = readShown(error, key, { visitor, nodes });
    const shown =
      isHttp && isExchange(value)
        ? new PrintedText(`[${isPlainObject(value) ? 'Object' : classNameOf(value)}]`)
        : part(() => visitor.child(nameOf(key), value, nodes));
    return [key, shown, value];
  });
  const more = keys.length - entries.length;
  return more > 0 ? [...entries, ['…', new PrintedText(`${more} more keys`), undefined]] : entries;
}

/** Whether the Error has its own methods for printing. */
function printsItself(error: Error, { nodes, visitor }: CopyErrorOptions): boolean {
  if (typeof readProperty(error, 'toJSON') === 'function') return true;
  if (!visitor.isText) return false;
  if (hasInspection(error)) return true;
  return nodes.length > 0 && (types.isProxy(error) || hasOwnText(error));
}

function hasOwnText(error: Error): boolean {
  return readProperty(error, 'toString') !== Error.prototype.toString;
}

/** Whether the Error has only name, message and stack, as most Errors. */
function isBare(error: Error, options: CopyErrorOptions): boolean {
  return (
    shownKeys(error, options.visitor).every((key) => key === 'stack' || key === 'message') &&
    ['name', 'message', 'stack'].every((key) => typeof readProperty(error, key) === 'string') &&
    readProperty(error, 'cause') === undefined &&
    readProperty(error, 'errors') === undefined &&
    !printsItself(error, options)
  );
}

/** The same Error, or a copy of the same class without the parts that must not be printed. */
export function copyError(error: Error, options: CopyErrorOptions): Error {
  if (isBare(error, options)) return error;
  const summary = httpSummary(error);
  const head = headOf(error, summary !== undefined, options);
  const inner = innerOf(error, options);
  const data = dataOf(error, summary !== undefined, options);
  const isSame = [...head, ...inner, ...data].every(([, shown, before]) => Object.is(shown, before));
  if (isSame && summary === undefined && !printsItself(error, options)) return error;
  const prototype: unknown = isInstance(error, Error) ? Object.getPrototypeOf(error) : Error.prototype;
  const copy = Object.create(prototype as object) as Error;
  for (const [key, shown] of [...head, ...inner]) setHidden(copy, key, shown);
  for (const [key, shown] of data) setShown(copy, error, { key, shown });
  for (const [key, value] of Object.entries(summary ?? {})) {
    if (!Object.hasOwn(copy, key)) setOwn(copy, key, value);
  }
  for (const key of ['toJSON', inspect.custom, Symbol.toPrimitive]) {
    if (readProperty(copy, key) !== undefined) setHidden(copy, key, undefined);
  }
  if (hasOwnText(copy)) setHidden(copy, 'toString', readProperty(Error.prototype, 'toString'));
  return copy;
}
