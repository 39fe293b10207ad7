/** An Error as text, alone or below a message: its stack, all causes, and the members of an AggregateError. */
import { escapeControls, escapeStack } from '../internal/control-characters';
import { asText, isArray, isError, readOrReason, readProperty } from '../internal/foreign';
import { printableData } from '../internal/print/printable';
import { PrintedText } from '../internal/print/printed-text';
import { stackOf } from '../internal/print/shown-error';
import type { LogRecord } from './log-record';

/** Maximum Errors that are printed of one chain or tree. */
const MAX_ERRORS = 32;

const UNPRINTABLE = '[unprintable]';

/** A thrown value that is not an Error: a string as it is, an object as JSON. */
function valueText(value: unknown): string {
  const shown = printableData(value);
  if (typeof shown === 'string') return shown;
  if (typeof shown !== 'object' || shown === null) return asText(shown);
  if (shown instanceof PrintedText) return shown.toString();
  try {
    return JSON.stringify(shown) ?? UNPRINTABLE;
  } catch {
    // A BigInt, which JSON does not support.
    return asText(shown);
  }
}

function describe(value: unknown): string {
  if (!isError(value)) return valueText(value);
  const stack = stackOf(value);
  if (stack !== undefined) return stack;
  // An Error whose stack was deleted or overwritten with something else still has its name and message.
  if (readProperty(value, 'name') === undefined && readProperty(value, 'message') === undefined)
    return UNPRINTABLE;
  return `${valueText(readOrReason(value, 'name'))}: ${valueText(readOrReason(value, 'message'))}`;
}

interface Collected {
  readonly lines: string[];
  /** Where each value was printed, in the notation of JsonFormatter. */
  readonly places: Map<unknown, string>;
  readonly outer: unknown[];
  /** Number of Errors and other thrown values. */
  count: number;
}

interface Where {
  readonly heading: string;
  /** Path from the outermost Error. */
  readonly place: string;
}

/** Returns false when the limit of Errors is reached. */
function collect(error: unknown, { heading, place }: Where, into: Collected): boolean {
  const { lines, places, outer } = into;
  const before = places.get(error);
  if (before !== undefined && isError(error)) {
    lines.push(`${heading}[${outer.includes(error) ? 'Circular' : `see ${before}`}]`);
    return true;
  }
  if (++into.count > MAX_ERRORS) {
    lines.push(`${heading}[further errors cut]`);
    return false;
  }
  places.set(error, place);
  lines.push(heading + describe(error));
  if (!isError(error)) return true;
  outer.push(error);
  const members = readProperty(error, 'errors');
  const prefix = place === '' ? '' : `${place}.`;
  for (let i = 0; isArray(members) && i < members.length; i++) {
    if (
      !collect(readOrReason(members, i), { heading: `[errors ${i}]: `, place: `${prefix}errors[${i}]` }, into)
    )
      break;
  }
  const cause = readProperty(error, 'cause');
  const goesOn =
    cause === undefined || collect(cause, { heading: '[cause]: ', place: `${prefix}cause` }, into);
  outer.pop();
  return goesOn;
}

/**
 * The stacks of the error, its members and its causes, without a trailing newline. Each Error is printed once. If it occurs
 * again, the text refers to the first place.
 */
export function formatException(error: unknown): string {
  const lines: string[] = [];
  collect(error, { heading: '', place: '' }, { lines, places: new Map(), outer: [], count: 0 });
  const text = lines.join('\n');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

export interface ComposeOptions {
  /** Escape control characters and indent the lines of stacks, as Formatter does. @defaultValue false */
  readonly escape?: boolean;
}

function below(text: string, next: string): string {
  return text.endsWith('\n') ? text + next : `${text}\n${next}`;
}

/** The whole text of a record, as Python's default formatter writes it. */
export function plainText(record: LogRecord): string {
  record.message = record.getMessage();
  return composeText(record.message, record);
}

/**
 * Message, exception and stack in Python's order. `excText` is cached on the record by the first formatter, as in
 * Python.
 */
export function composeText(
  message: string,
  record: LogRecord,
  { escape = false }: ComposeOptions = {},
): string {
  let text = escape ? escapeControls(message) : message;
  const error = record.excInfo;
  if (error !== undefined && error !== null && !record.excText) record.excText = formatException(error);
  // The cached text is Python's. The formatter may escape it.
  if (record.excText) text = below(text, escape ? escapeStack(record.excText) : record.excText);
  if (record.stackInfo) text = below(text, escape ? escapeStack(record.stackInfo) : record.stackInfo);
  return text;
}
