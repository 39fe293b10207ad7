/** How the arguments of a log call are read: the object of fields, the message, its placeholders, the Error. */
import { isClass, isError, isPlainObject, keysOf, readProperty, throwsMark } from '../internal/foreign';
import { MappingArguments, renderMapping } from './mapping-arguments';
import { countTaken, renderMessage, renderSimple, type MessageParts } from './message-text';

type Fields = Readonly<Record<string, unknown>>;

/** What one log call's message and arguments come to. */
export interface LogCall extends MessageParts {
  readonly extra: Fields | undefined;
  readonly stackInfo: string | undefined;
}

/** Made once for a record, when first asked for; of the common calls, the text is made in the same go. */
export interface ResolvedArguments {
  readonly msg: unknown;
  readonly args: readonly unknown[];
  readonly extra: Fields | undefined;
  readonly error: unknown;
  readonly stackInfo: string | undefined;
  readonly call: LogCall | undefined;
  /** The message, rendered; use `textOf`. */
  text: string | undefined;
}

/** What the message itself gives: where it is an object or an Error, more than a text. */
interface First extends Pick<MessageParts, 'message' | 'isTemplate' | 'source'> {
  readonly fields: Fields | undefined;
  readonly error: unknown;
  /** The key of `fields` that holds the Error. */
  readonly errorKey: string | undefined;
  /** The first argument was the message. */
  readonly skips: boolean;
}

/** In one piece: a spread takes as long as the rest of the reading. */
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
    // A getter that throws: what can be read is logged.
    return throwsMark(error);
  }
}

/** One object of both, where `more` wins, without `omitted` keys of the first; undefined when nothing is left. Never throws. */
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
      // Client JSON may have such a key; it must not become the prototype.
      else
        Object.defineProperty(merged, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return isEmpty ? undefined : merged;
}

/** An object as the message: its fields, with the text that comes next, or that it holds itself. */
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
 * Reads `excInfo` and `stackInfo`, which are reserved in an object that has no other key. `excInfo` may be any thrown
 * value, but only an Error replaces an Error: a client's JSON may have the same keys.
 */
function readReserved(value: object, known: unknown): Reserved | undefined {
  const keys = keysOf(value);
  if (keys.length === 0 || !keys.every((key) => RESERVED_KEYS.some((name) => name === key))) return undefined;
  const stackInfo = readProperty(value, 'stackInfo');
  if (stackInfo !== undefined && typeof stackInfo !== 'string') return undefined;
  const excInfo = readProperty(value, 'excInfo');
  // A boolean, which Python allows, names no Error.
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
 * The first Error of the message and the arguments is the record's, unless one stands under the reserved `excInfo`, or
 * `given` was set on the record. Of the arguments that placeholders leave over, a trailing plain object gives fields; the
 * others are printed. A function as the message is not called.
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
  // An Error that another one under `excInfo` has replaced must not get lost.
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

/** What a function as the message returns; a class is printed itself. */
function madeMessage(msg: unknown): unknown {
  if (typeof msg !== 'function') return msg;
  try {
    return (msg as () => unknown)();
  } catch (error) {
    if (isClass(msg)) return msg;
    throw error;
  }
}

/** The call of a record that was made of data, whose message names the keys of its only argument. */
function readNamed(message: unknown, args: readonly unknown[], error: unknown): LogCall | undefined {
  if (!(args instanceof MappingArguments) || typeof message !== 'string') return undefined;
  const mapping = Object(args[0]) as object;
  if (!message.includes('%(') || renderMapping(message, mapping) === undefined) return undefined;
  const parts = { message, isTemplate: true, source: undefined, shown: args, taken: 1, mapping, error };
  return { ...parts, extra: undefined, stackInfo: undefined };
}

/** As `readArguments`; a function as the message is called, and may throw: there is nothing to print then. */
export function readCall(msg: unknown, args: readonly unknown[], given?: unknown): LogCall {
  return readNamed(msg, args, given) ?? readArguments(madeMessage(msg), args, given);
}

function hasAny(fields: Fields, [one, other]: readonly [string, string]): boolean {
  try {
    return Object.hasOwn(fields, one) || Object.hasOwn(fields, other);
  } catch {
    // A Proxy whose trap throws: to be read the careful way.
    return true;
  }
}

/** The common calls: a text with simple placeholders, an Error, and an object of fields before or behind. */
function resolveSimple(msg: unknown, args: readonly unknown[]): ResolvedArguments | undefined {
  let template = msg;
  let extra: Fields | undefined;
  let from = 0;
  let end = args.length;
  if (typeof template !== 'string') {
    template = args[0];
    // With two objects, or an Error in one, there is more to do.
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
  // Without arguments a text is printed as it is.
  const text = args.length === 0 ? template : renderSimple(template, args, from, end);
  return text === undefined
    ? undefined
    : { msg, args, extra, error, stackInfo: undefined, call: undefined, text };
}

/** Reads a log call. The text of all but the common calls is made by `textOf`. */
export function resolveArguments(msg: unknown, args: readonly unknown[], given?: unknown): ResolvedArguments {
  const simple = resolveSimple(msg, args);
  if (simple !== undefined) return simple;
  const call = readCall(msg, args, given);
  const { extra, error, stackInfo } = call;
  return { msg, args, extra, error, stackInfo, call, text: undefined };
}

/** All that was read of the call, also where `resolveArguments` went the short way. */
function callOf(resolved: ResolvedArguments): LogCall {
  return resolved.call ?? readCall(resolved.msg, resolved.args);
}

/** On the short way, texts and numbers are all that is printed; a replacer may well leave them as they are. */
function isKept({ call, args }: ResolvedArguments, replacer: (value: unknown) => unknown): boolean {
  return call === undefined && args.every((value) => typeof value === 'object' || replacer(value) === value);
}

/** The message, rendered; kept for the next time unless values are replaced in it. */
export function textOf(resolved: ResolvedArguments, replacer?: (value: unknown) => unknown): string {
  if (replacer !== undefined && !isKept(resolved, replacer)) {
    return renderMessage(callOf(resolved), replacer);
  }
  resolved.text ??= renderMessage(callOf(resolved));
  return resolved.text;
}
