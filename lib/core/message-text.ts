/** The text of a log call: which placeholder prints which argument, and how. */
import { format } from 'node:util';
import { asText, inspectValue, isError, readProperty, throwsMark } from '../internal/foreign';
import { PrintedText } from '../internal/print/printed-text';
import { renderMapping } from './mapping-arguments';
import { printable, printableData, TEXT_LIMITS } from '../internal/print/printable';

/** What `renderMessage` needs to know of a log call. */
export interface MessageParts {
  /** A text, an Error, or anything else. */
  readonly message: unknown;
  /** The message is a text whose placeholders count. */
  readonly isTemplate: boolean;
  /** Where the message is the text of an object's `message` or `msg`: that object and the key. */
  readonly source: { readonly fields: object; readonly key: string } | undefined;
  /** The arguments that are printed: first those that placeholders take. */
  readonly shown: readonly unknown[];
  readonly taken: number;
  /** The object whose keys the message names, as `%(user)s`. */
  readonly mapping: object | undefined;
  /** The record's Error. Its stack stands below the message, so the message holds its name and message only. */
  readonly error: unknown;
}

const PERCENT = 37;
const LETTER_D = 100;
const LETTER_J = 106;
const LETTER_S = 115;

/**
 * Whether a placeholder prints the value; the letter is the character code after `%`. A number (`%d %i %f`) is made of
 * a primitive only, and `%c`, which prints nothing, takes only a text, such as CSS.
 */
function takes(letter: number, value: unknown): boolean {
  switch (letter) {
    case LETTER_S:
    case LETTER_J:
    case 111: // o
    case 79: // O
      return true;
    case LETTER_D:
    case 105: // i
    case 102: // f
      return typeof value !== 'function' && (typeof value !== 'object' || value === null);
    case 99: // c
      return typeof value === 'string';
    default:
      return false;
  }
}

/** Gives the arguments to placeholders: how many are taken, and the next `%` after the last one that was looked at, or -1. */
function assign(template: string, args: readonly unknown[]): { readonly taken: number; readonly at: number } {
  let taken = 0;
  let at = template.indexOf('%');
  while (at >= 0 && taken < args.length) {
    if (takes(template.charCodeAt(at + 1), args[taken])) taken++;
    at = template.indexOf('%', at + 2);
  }
  return { taken, at };
}

/**
 * How many of the arguments the placeholders take, in their order. A placeholder that cannot print the next argument
 * stays in the text and leaves it to the one behind.
 */
export function countTaken(template: string, args: readonly unknown[]): number {
  return assign(template, args).taken;
}

/** The template with those placeholders escaped that have no argument, so that one more argument does not fill them. */
export function closeTemplate(template: string, args: readonly unknown[]): string {
  const { at } = assign(template, args);
  if (at < 0) return template;
  const open = template.slice(at).replaceAll(/%(.)/gsu, (pair, next) => (next === '%' ? pair : `%${pair}`));
  return template.slice(0, at) + open;
}

/** -0 prints with its sign in util.format and without it when joined to a text. */
function isPlainNumber(value: unknown): value is number {
  return typeof value === 'number' && (value !== 0 || 1 / value > 0);
}

/**
 * The message when `%s` of texts and numbers and `%d` of numbers are all there is and use up the first `count`
 * arguments; undefined when it is work for `renderMessage`, which takes three times as long.
 */
// oxlint-disable-next-line max-params -- the hottest function of the package: an object would be made for each record
export function renderSimple(
  template: string,
  args: readonly unknown[],
  first: number,
  count: number,
): string | undefined {
  let text = '';
  let from = 0;
  for (let used = first; used < count; used++) {
    const at = template.indexOf('%', from);
    if (at < 0) return undefined;
    const letter = template.charCodeAt(at + 1);
    const value = args[used];
    const fits = letter === LETTER_S || (letter === LETTER_D && typeof value === 'number');
    if (!fits || !(typeof value === 'string' || isPlainNumber(value))) return undefined;
    text += template.slice(from, at) + value;
    from = at + 2;
  }
  return template.includes('%', from) ? undefined : text + template.slice(from);
}

/** `Error: boom`, as `String(error)`. */
function errorTitle(error: unknown): string {
  try {
    return String(error);
  } catch (thrown) {
    // An Error whose name or message is an object or a Symbol, or whose `toString` throws.
    return throwsMark(thrown);
  }
}

/** The text of an Error that is logged in the place of a message: its message, or its name where that is empty. */
function errorText(error: unknown): string {
  const message = readProperty(error, 'message');
  if (message !== undefined && message !== '') return asText(message);
  const name = readProperty(error, 'name');
  return name === undefined || name === '' ? 'Error' : asText(name);
}

/** The text of a value for a placeholder such as `%s`. If reading the value throws, `[Throws: reason]`. */
function print(placeholder: string, value: unknown, isRecordsError: boolean): string {
  if (isRecordsError && isError(value)) {
    const title = errorTitle(value);
    return placeholder === '%j' ? JSON.stringify(title) : title;
  }
  // The mark is not the value's own text, so `%j` does not put quotes around it.
  if (value instanceof PrintedText) return value.toString();
  try {
    return format(placeholder, value);
  } catch (error) {
    // Its `toString`, `toJSON` or inspection threw, or is not a function: client JSON may have such keys.
    return throwsMark(error);
  }
}

/** Makes of each value that is printed what may be printed of it; `placeholder` is there where one prints it. */
export type Replacer = (value: unknown, placeholder?: string) => unknown;

/** Without credentials, and without reading all of a huge value. */
function shownValue(value: unknown, placeholder?: string): unknown {
  return placeholder === '%j' ? printableData(value, TEXT_LIMITS) : printable(value);
}

function renderTemplate(template: string, parts: MessageParts, replacer: Replacer): string {
  const { shown, taken, error } = parts;
  let text = '';
  let from = 0;
  let used = 0;
  for (let at = template.indexOf('%'); at >= 0; at = template.indexOf('%', at + 2)) {
    const letter = template.charCodeAt(at + 1);
    if (letter === PERCENT) {
      text += template.slice(from, at + 1);
      from = at + 2;
    } else if (used < taken && takes(letter, shown[used])) {
      const value = shown[used++];
      const placeholder = template.slice(at, at + 2);
      text += template.slice(from, at) + print(placeholder, replacer(value, placeholder), value === error);
      from = at + 2;
    }
  }
  return text + template.slice(from);
}

function renderFirst(parts: MessageParts, replacer: Replacer): string {
  const { message, source } = parts;
  if (source !== undefined) return asText(readProperty(replacer(source.fields), source.key));
  if (typeof message === 'string') return message;
  const shown = replacer(message);
  return isError(shown) ? errorText(shown) : asText(shown);
}

/**
 * As util.format, with these differences: a placeholder leaves what it cannot print, the record's Error is printed
 * without its stack, and nothing throws. `replacer` is applied to each value that is printed.
 */
export function renderMessage(parts: MessageParts, replacer: Replacer = shownValue): string {
  const { message, isTemplate, shown, mapping } = parts;
  if (isTemplate && mapping !== undefined) {
    const named = renderMapping(message as string, Object(replacer(mapping)) as object);
    if (named !== undefined) return named;
  }
  // Without arguments '%%' and '%s' stay as they are, as in Python and in util.format of one string.
  let text =
    isTemplate && shown.length > 0
      ? renderTemplate(message as string, parts, replacer)
      : renderFirst(parts, replacer);
  for (let i = parts.taken; i < shown.length; i++) {
    const value = replacer(shown[i]);
    text += ` ${typeof value === 'string' ? value : inspectValue(value)}`;
  }
  return text;
}
