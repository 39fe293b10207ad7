/** How the arguments of a log call are read: placeholders, the Error, the trailing object of fields. */
import { format } from 'node:util';
import { isError, isPlainObject } from '../internal/foreign';

/** What one log call's message and arguments come to. Computed once, when first asked for. */
export interface ResolvedArguments {
  readonly msg: unknown;
  readonly args: readonly unknown[];
  /** The message, rendered. */
  readonly text: string;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly error: unknown;
  readonly stackInfo: string | undefined;
}

/** The characters after '%' that take an argument in util.format; `%%` takes none. */
const TAKES_ARGUMENT = 'sdifjoOc';

/** By index and not by pattern: a tenth of the time, on the way of every formatted record. */
export function countPlaceholders(message: string): number {
  let count = 0;
  for (let at = message.indexOf('%'); at >= 0; at = message.indexOf('%', at + 2)) {
    const next = message.charAt(at + 1);
    if (next !== '' && TAKES_ARGUMENT.includes(next)) count++;
  }
  return count;
}

function withoutReserved(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  if (!Object.hasOwn(fields, 'excInfo') && !Object.hasOwn(fields, 'stackInfo')) return fields;
  const { excInfo: _excInfo, stackInfo: _stackInfo, ...rest } = fields;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function renderText(message: unknown, args: readonly unknown[]): string {
  // Without arguments '%%' and '%s' stay as they are, as in Python and in util.format of one string.
  if (args.length === 0 && typeof message === 'string') return message;
  if (isError(message)) {
    const text = message.message === '' ? message.name : message.message;
    return args.length === 0 ? text : format(text, ...args);
  }
  return format(message, ...args);
}

function stackInfoOf(fields: Readonly<Record<string, unknown>> | undefined): string | undefined {
  return fields !== undefined && Object.hasOwn(fields, 'stackInfo') && typeof fields['stackInfo'] === 'string'
    ? fields['stackInfo']
    : undefined;
}

/** Anything may be thrown, so anything may be given here; a boolean, which Python allows, names no Error. */
function excInfoOf(fields: Readonly<Record<string, unknown>>): unknown {
  const given = Object.hasOwn(fields, 'excInfo') ? fields['excInfo'] : undefined;
  return typeof given === 'boolean' ? undefined : given;
}

const LETTER_D = 100;
const LETTER_S = 115;

/** -0 prints with its sign in util.format and without it when joined to a text. */
function isPlainNumber(value: unknown): value is number {
  return typeof value === 'number' && (value !== 0 || 1 / value > 0);
}

/**
 * The message when `%s` of texts and numbers and `%d` of numbers are all there is and use up the first `count`
 * arguments; undefined when util.format has to see to it, which takes three times as long.
 */
function renderSimple(message: string, args: readonly unknown[], count: number): string | undefined {
  let text = '';
  let from = 0;
  for (let used = 0; used < count; used++) {
    const at = message.indexOf('%', from);
    if (at < 0) return undefined;
    const letter = message.charCodeAt(at + 1);
    const value = args[used];
    const fits = letter === LETTER_S || (letter === LETTER_D && typeof value === 'number');
    if (!fits || !(typeof value === 'string' || isPlainNumber(value))) return undefined;
    text += message.slice(from, at) + value;
    from = at + 2;
  }
  return message.includes('%', from) ? undefined : text + message.slice(from);
}

/** The common calls: a text with simple placeholders, and perhaps an object of fields. */
function resolveSimple(message: string, args: readonly unknown[]): ResolvedArguments | undefined {
  const last = args[args.length - 1];
  const extra = isPlainObject(last) ? last : undefined;
  if (extra !== undefined && withoutReserved(extra) !== extra) return undefined;
  const text = renderSimple(message, args, extra === undefined ? args.length : args.length - 1);
  return text === undefined
    ? undefined
    : { msg: message, args, text, extra, error: undefined, stackInfo: undefined };
}

/**
 * Placeholders are util.format's. Of the arguments they leave over, the first Error becomes the record's `excInfo`,
 * a trailing plain object its `extra`, and the rest is appended as util.format does.
 */
export function resolveArguments(msg: unknown, args: readonly unknown[]): ResolvedArguments {
  const simple = typeof msg === 'string' && args.length > 0 ? resolveSimple(msg, args) : undefined;
  if (simple !== undefined) return simple;
  const message: unknown = typeof msg === 'function' ? (msg as () => unknown)() : msg;
  let error: unknown = isError(message) ? message : undefined;
  if (args.length === 0) {
    return { msg, args, text: renderText(message, args), extra: undefined, error, stackInfo: undefined };
  }
  const used = typeof message === 'string' ? Math.min(countPlaceholders(message), args.length) : 0;
  const left: unknown[] = [];
  for (let i = used; i < args.length; i++) {
    if (error === undefined && isError(args[i])) error = args[i];
    else left.push(args[i]);
  }
  const last = left.at(-1);
  const fields = isPlainObject(last) ? last : undefined;
  if (fields !== undefined) left.pop();
  if (fields !== undefined) error = excInfoOf(fields) ?? error;
  const shown = used === 0 ? left : [...args.slice(0, used), ...left];
  return {
    msg,
    args,
    text: renderText(message, shown),
    extra: fields === undefined ? undefined : withoutReserved(fields),
    error,
    stackInfo: stackInfoOf(fields),
  };
}
