/** Reads the arguments of a log call: the object with fields, the message, its placeholders, the Error. */
import { isClass, isError, isPlainObject, keysOf, readProperty, throwsMark } from '../internal/foreign';
import { MappingArguments, renderMapping } from './mapping-arguments';
import { countTaken, renderMessage, renderSimple, type MessageParts } from './message-text';

type Fields = Readonly<Record<string, unknown>>;

/** The result of reading a message and its arguments. */
export interface LogCall extends MessageParts {
  readonly extra: Fields | undefined;
  readonly stackInfo: string | undefined;
}

/** Created once for each record, when it is first needed. For common calls, this includes the text. */
export interface ResolvedArguments {
  readonly msg: unknown;
  readonly args: readonly unknown[];
  readonly extra: Fields | undefined;
  readonly error: unknown;
  readonly stackInfo: string | undefined;
  readonly call: LogCall | undefined;
  /** The formatted message. Use `textOf`. */
  text: string | undefined;
}

/** What was read from the message itself, which may be an object or an Error. */
interface First extends Pick<MessageParts, 'message' | 'isTemplate' | 'source'> {
  readonly fields: Fields | undefined;
  readonly error: unknown;
  /** The key of `fields` that holds the Error. */
  readonly errorKey: string | undefined;
  /** The first argument is the message. */
  readonly skips: boolean;
}

/** Without a spread, which would take as long as all the rest. */
function plainFirst(message: unknown, isTemplate: boolean): First {
  return {
    message,
    isTemplate,
    source: undefined,
    fields: undefined,
    error: undefined,
    errorKey: undefined,
    skips: false,
  };
}

const ERROR_KEYS = ['err', 'error'] as const;
const RESERVED_KEYS = ['excInfo', 'stackInfo'] as const;
const TEXT_KEYS = ['message', 'msg'] as const;

function ownValue(fields: object, key: string): unknown {
  try {
    return Object.hasOwn(fields, key) ? Reflect.get(fields, key) : undefined;
  } catch {
    // A getter or a trap that throws.
    return undefined;
  }
}

function valueOrMark(fields: Fields, key: string): unknown {
  try {
    return fields[key];
  } catch (error) {
    // A getter threw. The other fields are still logged.
    return throwsMark(error);
  }
}

/**
 * Merges both objects; `more` wins. Leaves out the `omitted` keys of the first. Undefined if no key is left. Never
 * throws.
 */
export function mergeFields(
  fields: Fields | undefined,
  more: Fields | undefined,
  omitted: readonly unknown[] = [],
): Fields | undefined {
  const merged: Record<string, unknown> = {};
  let isEmpty = true;
  for (const part of [fields, more]) {
    if (part === undefined) continue;
    for (const key of keysOf(part)) {
      if (part === fields && omitted.includes(key)) continue;
      isEmpty = false;
      const value = valueOrMark(part, key);
      if (key !== '__proto__') merged[key] = value;
      // JSON of a client may have this key, which must not become the prototype.
      else
        Object.defineProperty(merged, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return isEmpty ? undefined : merged;
}

/** Reads an object as the message. The text is the next argument or in the object itself. */
function readObject(fields: Fields, next: unknown): First {
  const errorKey = ERROR_KEYS.find((key) => isError(ownValue(fields, key)));
  const error = errorKey === undefined ? undefined : ownValue(fields, errorKey);
  const found = { ...plainFirst(fields, false), fields, error, errorKey };
  if (typeof next === 'string') return { ...found, message: next, isTemplate: true, skips: true };
  const key = TEXT_KEYS.find((name) => typeof ownValue(fields, name) === 'string');
  if (key !== undefined) return { ...found, message: ownValue(fields, key), source: { fields, key } };
  if (error !== undefined) return { ...found, message: error };
  return plainFirst(fields, false);
}

function readFirst(message: unknown, next: unknown): First {
  if (typeof message === 'string') return plainFirst(message, true);
  if (isError(message)) {
    return typeof next === 'string'
      ? { ...plainFirst(next, true), error: message, skips: true }
      : { ...plainFirst(message, false), error: message };
  }
  return isPlainObject(message) ? readObject(message, next) : plainFirst(message, false);
}

interface Reserved {
  readonly thrown: unknown;
  readonly stackInfo: string | undefined;
}

/**
 * Reads `excInfo` and `stackInfo`, which are reserved in an object without other keys. `excInfo` may be any thrown
 * value. But
 * only an Error replaces an Error, since JSON of a client may have the same keys.
 */
function readReserved(value: object, known: unknown): Reserved | undefined {
  const keys = keysOf(value);
  if (keys.length === 0 || !keys.every((key) => RESERVED_KEYS.some((name) => name === key))) return undefined;
  const stackInfo = readProperty(value, 'stackInfo');
  if (stackInfo !== undefined && typeof stackInfo !== 'string') return undefined;
  const excInfo = readProperty(value, 'excInfo');
  // Python allows a boolean, which is not an Error.
  const thrown = excInfo === null || typeof excInfo === 'boolean' ? undefined : excInfo;
  const hides = thrown !== undefined && !isError(thrown) && isError(known);
  return hides ? undefined : { thrown, stackInfo };
}

function extraOf(first: First, trailing: Fields | undefined, error: unknown): Fields | undefined {
  const { fields, errorKey, source } = first;
  if (fields === undefined) return trailing;
  const omitted: unknown[] = source === undefined ? [] : [source.key];
  if (errorKey !== undefined && first.error === error) omitted.push(errorKey);
  return omitted.length === 0 && trailing === undefined ? fields : mergeFields(fields, trailing, omitted);
}

/**
 * The record's Error is the first one of the message and the arguments, unless there is one under the reserved key `excInfo`
 * or `given` was set on the record. After the arguments for placeholders, a plain object at the end gives the fields. The
 * other arguments are printed. A function as the message is not called.
 */
export function readArguments(message: unknown, args: readonly unknown[], given?: unknown): LogCall {
  const first = readFirst(message, args[0]);
  const rest = first.skips ? args.slice(1) : args;
  const taken = first.isTemplate ? countTaken(first.message as string, rest) : 0;
  const found = first.error ?? rest.find(isError);
  const left: unknown[] = [];
  for (let i = taken; i < rest.length; i++) if (found === undefined || rest[i] !== found) left.push(rest[i]);
  let last = left.at(-1);
  const reserved = isPlainObject(last) ? readReserved(last, found ?? given) : undefined;
  if (reserved !== undefined) {
    left.pop();
    last = left.at(-1);
  }
  const trailing = isPlainObject(last) ? last : undefined;
  if (trailing !== undefined) left.pop();
  const thrown = reserved?.thrown;
  const error = given ?? (isError(thrown) ? thrown : (found ?? thrown));
  const shown = taken === 0 ? left : [...rest.slice(0, taken), ...left];
  // If the Error under `excInfo` has replaced another one, that one is printed.
  const isReplaced = found !== undefined && given === undefined && found !== error;
  if (isReplaced && found !== first.message && first.errorKey === undefined && !shown.includes(found)) {
    shown.splice(taken, 0, found);
  }
  return {
    message: first.message,
    isTemplate: first.isTemplate,
    source: first.source,
    shown,
    taken,
    mapping: undefined,
    error,
    extra: extraOf(first, trailing, error),
    stackInfo: reserved?.stackInfo,
  };
}

/** Calls a message that is a function. A class is printed itself. */
function madeMessage(msg: unknown): unknown {
  if (typeof msg !== 'function') return msg;
  try {
    return (msg as () => unknown)();
  } catch (error) {
    if (isClass(msg)) return msg;
    throw error;
  }
}

/** The call of a record from data whose message contains the keys of its only argument. */
function readNamed(message: unknown, args: readonly unknown[], error: unknown): LogCall | undefined {
  if (!(args instanceof MappingArguments) || typeof message !== 'string') return undefined;
  const mapping = Object(args[0]) as object;
  if (!message.includes('%(') || renderMapping(message, mapping) === undefined) return undefined;
  const parts = { message, isTemplate: true, source: undefined, shown: args, taken: 1, mapping, error };
  return { ...parts, extra: undefined, stackInfo: undefined };
}

/** As `readArguments`, but calls a message that is a function, which may throw. */
export function readCall(msg: unknown, args: readonly unknown[], given?: unknown): LogCall {
  return readNamed(msg, args, given) ?? readArguments(madeMessage(msg), args, given);
}

function hasAny(fields: Fields, [one, other]: readonly [string, string]): boolean {
  try {
    return Object.hasOwn(fields, one) || Object.hasOwn(fields, other);
  } catch {
    // A Proxy whose trap throws needs the careful way.
    return true;
  }
}

/** Reads the common calls: a text with simple placeholders, an Error, and an object with fields first or last. */
function resolveSimple(msg: unknown, args: readonly unknown[]): ResolvedArguments | undefined {
  let template = msg;
  let extra: Fields | undefined;
  let from = 0;
  let end = args.length;
  if (typeof template !== 'string') {
    template = args[0];
    // Two objects, or an Error in one, need the careful way.
    if (typeof template !== 'string' || !isPlainObject(msg) || hasAny(msg, ERROR_KEYS)) return undefined;
    extra = msg;
    from = 1;
  }
  const last = end > from ? args[end - 1] : undefined;
  if (isPlainObject(last)) {
    if (extra !== undefined || hasAny(last, RESERVED_KEYS)) return undefined;
    extra = last;
    end--;
  }
  const beforeLast = end > from ? args[end - 1] : undefined;
  const error = isError(beforeLast) ? beforeLast : undefined;
  if (error !== undefined) end--;
  // Without arguments, the text is printed as it is.
  const text = args.length === 0 ? template : renderSimple(template, args, from, end);
  return text === undefined
    ? undefined
    : { msg, args, extra, error, stackInfo: undefined, call: undefined, text };
}

/** Reads a log call. For other than common calls, `textOf` formats the text later. */
export function resolveArguments(msg: unknown, args: readonly unknown[], given?: unknown): ResolvedArguments {
  const simple = resolveSimple(msg, args);
  if (simple !== undefined) return simple;
  const call = readCall(msg, args, given);
  const { extra, error, stackInfo } = call;
  return { msg, args, extra, error, stackInfo, call, text: undefined };
}

/** The whole call, also if `resolveArguments` took the short way. */
function callOf(resolved: ResolvedArguments): LogCall {
  return resolved.call ?? readCall(resolved.msg, resolved.args);
}

/** On the short way only strings and numbers are printed. Returns whether the replacer keeps all of them. */
function isKept({ call, args }: ResolvedArguments, replacer: (value: unknown) => unknown): boolean {
  return call === undefined && args.every((value) => typeof value === 'object' || replacer(value) === value);
}

/** The formatted message. Cached unless a replacer changes values. */
export function textOf(resolved: ResolvedArguments, replacer?: (value: unknown) => unknown): string {
  if (replacer !== undefined && !isKept(resolved, replacer)) {
    return renderMessage(callOf(resolved), replacer);
  }
  resolved.text ??= renderMessage(callOf(resolved));
  return resolved.text;
}
