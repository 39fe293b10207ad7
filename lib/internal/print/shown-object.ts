/** What an object shows when it is printed, where that is more than its own keys, or other than these. */
import { inspect, types } from 'node:util';
import { classNameOf, isArray, isPlainObject, keysOf, readProperty } from '../foreign';
import { cleanUrl, isCredentialHeader } from './header-credentials';

/** Class names are few in a sane program; a program that makes them up must not grow the cache. */
const CACHE_LIMIT = 200;
const classes = new Map<string, new () => object>();

/**
 * An empty object that prints under the name of a class and has nothing else of it: no method to print itself, no
 * private fields, no accessors.
 */
export function namedObject(name: string): object {
  let Named = classes.get(name);
  if (Named === undefined) {
    if (classes.size >= CACHE_LIMIT) classes.clear();
    // A function and not a class: `util.inspect` asks for the name only.
    Named = { [name]: function () {} }[name] as unknown as new () => object;
    classes.set(name, Named);
  }
  return new Named();
}

/** The object's own way to be printed by `util.inspect`. */
export function hasInspection(value: object): boolean {
  return typeof readProperty(value, inspect.custom) === 'function';
}

/** What `util.inspect` looks into without a way to see what is found there. */
export function isOpaque(value: object): boolean {
  return (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isGeneratorObject(value)
  );
}

/** `{ name, value }` and `{ key, value }`, as HAR files and some clients keep headers. */
export function isCredentialPair(value: object): boolean {
  return isCredentialHeader(readProperty(value, 'name')) || isCredentialHeader(readProperty(value, 'key'));
}

/** Headers by their class: those of fetch and its many copies, AxiosHeaders. */
export function isHeadersClass(value: object): boolean {
  return !isPlainObject(value) && classNameOf(value).endsWith('Headers');
}

/**
 * Headers, URLSearchParams, FormData and whatever else has no keys but entries, as an object of them; a name that comes
 * again makes a list. Undefined for anything else.
 */
function entriesOf(value: object, most: number): Record<string, unknown> | undefined {
  const [entries, ...others] = ['entries', 'get', 'has', Symbol.iterator].map((key) =>
    readProperty(value, key),
  );
  if (typeof entries !== 'function' || others.some((other) => typeof other !== 'function')) return undefined;
  const shown: Record<string, unknown> = {};
  let count = 0;
  for (const entry of entries.call(value) as Iterable<unknown>) {
    if (!isArray(entry) || entry.length !== 2) return undefined;
    if (count++ > most) break;
    const [key, item] = [String(entry[0]), entry[1]];
    const before = Object.hasOwn(shown, key) ? shown[key] : undefined;
    if (isArray(before)) (before as unknown[]).push(item);
    else setOwn(shown, key, before === undefined ? item : [before, item]);
  }
  return shown;
}

/** A Request or Response of fetch, also of a copy of it: an instance that has its parts in private fields. */
function exchangeOf(value: object): Record<string, unknown> | undefined {
  const headers = readProperty(value, 'headers');
  const [method, url, status] = ['method', 'url', 'status'].map((key) => readProperty(value, key));
  if (typeof headers !== 'object' || headers === null || typeof url !== 'string') return undefined;
  if (typeof method === 'string') return { method, url: cleanUrl(url), headers };
  return typeof status === 'number' ? { status, url: cleanUrl(url), headers } : undefined;
}

/** Size and type, which a Blob or File keeps in private fields. */
function blobOf(value: object): Record<string, unknown> | undefined {
  const [size, type] = [readProperty(value, 'size'), readProperty(value, 'type')];
  return typeof size === 'number' && typeof type === 'string' ? { size, type } : undefined;
}

/**
 * What an instance without keys of its own holds, by the kinds above.
 *
 * @param most - entries that are looked at
 */
export function hiddenContent(value: object, most: number): Record<string, unknown> | undefined {
  if (keysOf(value).length > 0) return undefined;
  return entriesOf(value, most) ?? exchangeOf(value) ?? blobOf(value);
}

/** Also for `__proto__`, which an assignment would take for the prototype. */
export function setOwn(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** As `setOwn`, out of sight of whatever lists keys. */
export function setHidden(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: false, configurable: true, writable: true });
}
