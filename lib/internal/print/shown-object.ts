/** The printed form of objects that are not printed as their own keys. */
import { inspect, types } from 'node:util';
import { classNameOf, isArray, isPlainObject, keysOf, readProperty } from '../foreign';
import { cleanUrl, isCredentialHeader } from './header-credentials';

/** Most programs have few class names. The limit is for a program that generates them. */
const CACHE_LIMIT = 200;
const classes = new Map<string, new () => object>();

/**
 * An empty object that is printed with the name of a class, but without its methods, private fields and accessors.
 */
export function namedObject(name: string): object {
  let Named = classes.get(name);
  if (Named === undefined) {
    if (classes.size >= CACHE_LIMIT) classes.clear();
    // A function is enough, since `util.inspect` only reads the name.
    Named = { [name]: function () {} }[name] as unknown as new () => object;
    classes.set(name, Named);
  }
  return new Named();
}

/** Whether the object has its own method for `util.inspect`. */
export function hasInspection(value: object): boolean {
  return typeof readProperty(value, inspect.custom) === 'function';
}

/** Whether `util.inspect` prints internal state that we cannot read. */
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

/** `{ name, value }` or `{ key, value }` of a credential, as headers are stored in HAR files and by some clients. */
export function isCredentialPair(value: object): boolean {
  return isCredentialHeader(readProperty(value, 'name')) || isCredentialHeader(readProperty(value, 'key'));
}

/** Whether this is an instance of a headers class: of fetch, of its many copies, or AxiosHeaders. */
export function isHeadersClass(value: object): boolean {
  return !isPlainObject(value) && classNameOf(value).endsWith('Headers');
}

/**
 * The entries of Headers, URLSearchParams, FormData and similar objects without keys, as an object. A repeated name
 * becomes a
 * list. Undefined for other values.
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

/** A Request or Response of fetch, or of a copy of fetch, whose data are in private fields. */
function exchangeOf(value: object): Record<string, unknown> | undefined {
  const headers = readProperty(value, 'headers');
  const [method, url, status] = ['method', 'url', 'status'].map((key) => readProperty(value, key));
  if (typeof headers !== 'object' || headers === null || typeof url !== 'string') return undefined;
  if (typeof method === 'string') return { method, url: cleanUrl(url), headers };
  return typeof status === 'number' ? { status, url: cleanUrl(url), headers } : undefined;
}

/** Size and type of a Blob or File, which are in private fields. */
function blobOf(value: object): Record<string, unknown> | undefined {
  const [size, type] = [readProperty(value, 'size'), readProperty(value, 'type')];
  return typeof size === 'number' && typeof type === 'string' ? { size, type } : undefined;
}

/**
 * The content of an instance without own keys, if it is one of the kinds above.
 *
 * @param most - the most entries to read
 */
export function hiddenContent(value: object, most: number): Record<string, unknown> | undefined {
  if (keysOf(value).length > 0) return undefined;
  return entriesOf(value, most) ?? exchangeOf(value) ?? blobOf(value);
}

/** Sets a property, also `__proto__`, with which an assignment would set the prototype. */
export function setOwn(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** As `setOwn`, but not enumerable. */
export function setHidden(holder: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: false, configurable: true, writable: true });
}
