/** Reads values that are not ours. No function in this file throws, whatever the value is. */
import { inspect, types, type InspectOptions } from 'node:util';

/** Characters of the reason in `[Throws: reason]`. */
const MAX_REASON = 200;

/**
 * `instanceof` alone misses the Errors of another realm: under Jest, and in any `vm` context, those of Node's own
 * modules (an ENOENT, say) are not instances of the global Error.
 */
export function isError(value: unknown): value is Error {
  // The type first, since the native check is slower and most arguments are strings.
  if (typeof value !== 'object' || value === null) return false;
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    // A revoked Proxy, or one whose trap throws.
    return false;
  }
}

/** Plain data: an object literal or an object without a prototype, never a class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    // As above: no readable prototype.
    return false;
  }
}

/** `instanceof`; false where the value, or the class itself, throws when it is asked. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    // A revoked Proxy, or a class with a `Symbol.hasInstance` that throws.
    return false;
  }
}

/** `Array.isArray`, which throws for a revoked Proxy; false for that one. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    // A revoked Proxy.
    return false;
  }
}

/** The property of an object. Undefined for other values, and if reading it throws. */
export function readProperty(value: unknown, key: PropertyKey): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    // A getter or a Proxy trap threw.
    return undefined;
  }
}

/** Maximum items of nested lists that are converted to text. The same list may occur many times. */
const MOST_ITEMS = 1000;

function leftAfter(value: unknown, items: number): number {
  if (!isArray(value)) return items - 1;
  let left = items - 1;
  for (let i = 0; i < value.length && left > 0; i++) left = leftAfter(readProperty(value, i), left);
  return left;
}

/**
 * The stack of an Error. V8 creates it when it is first read, from the Error's current name and message. Undefined if their
 * conversion to text would take too long, as for lists of lists of lists.
 */
export function readStack(error: object): unknown {
  for (const key of ['name', 'message']) {
    const value = readProperty(error, key);
    if (typeof value === 'object' && leftAfter(value, MOST_ITEMS) <= 0) return undefined;
  }
  return readProperty(error, 'stack');
}

/** A class, which cannot be called as a function. */
export function isClass(value: unknown): boolean {
  try {
    return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
  } catch {
    // A Proxy has no source.
    return false;
  }
}

/** The own enumerable keys of an object. An empty list if they cannot be listed. */
export function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch {
    // A Proxy whose trap throws.
    return [];
  }
}

/** The name of an object's class, such as `Order`. `Object` if it cannot be read. */
export function classNameOf(value: object): string {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    const name = readProperty(readProperty(prototype, 'constructor'), 'name');
    return typeof name === 'string' && name !== '' ? name : 'Object';
  } catch {
    // A Proxy whose trap throws.
    return 'Object';
  }
}

/** Replaces a value that threw when it was read or printed: `[Throws: reason]`. */
export function throwsMark(thrown: unknown): string {
  const given = isError(thrown) ? readProperty(thrown, 'message') : thrown;
  // Primitives only, since an object could throw again.
  const reason =
    typeof given === 'string' ? given : Object(given) === given ? 'a value without a text' : inspect(given);
  return `[Throws: ${reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason}]`;
}

/** The property of an object, or `[Throws: reason]` if reading it throws. */
export function readOrReason(holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key);
  } catch (error) {
    // The other properties are still printed.
    return throwsMark(error);
  }
}

/** `util.inspect`, or `[Throws: reason]` if the value throws while it is inspected. */
export function inspectValue(value: unknown, options?: InspectOptions): string {
  try {
    return inspect(value, options);
  } catch (error) {
    // The value's own inspect method threw.
    return throwsMark(error);
  }
}

/** A string as it is, other values by `util.inspect`. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : inspectValue(value);
}
