/** An Error as text: its stack, the whole chain of causes, and the members of an AggregateError. */
import { asText, isArray, isError, readOrReason, readProperty } from '../internal/foreign';
import { printableData } from '../internal/print/printable';
import { PrintedText } from '../internal/print/printed-text';
import { stackOf } from '../internal/print/shown-error';

/** A chain or tree of errors deeper than this is cut, so that one that contains itself ends. */
const MAX_ERRORS = 32;

const UNPRINTABLE = '[unprintable]';

/** Something thrown that is no Error: a text as it is, an object as JSON. */
function valueText(value: unknown): string {
  const shown = printableData(value);
  if (typeof shown === 'string') return shown;
  if (typeof shown !== 'object' || shown === null) return asText(shown);
  if (shown instanceof PrintedText) return shown.toString();
  try {
    return JSON.stringify(shown) ?? UNPRINTABLE;
  } catch {
    // A BigInt, for which JSON has no word.
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
  /** What was printed, and where; in the words of JsonFormatter. */
  readonly places: Map<unknown, string>;
  readonly outer: unknown[];
  /** Errors, and values in the place of one. */
  count: number;
}

interface Where {
  readonly heading: string;
  /** Path from the outermost Error. */
  readonly place: string;
}

/** False when no more Errors are taken. */
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
 * Stack of the error, then of each member and cause, one below the other, without a trailing newline. Each Error is
 * printed once; where it comes again, the text says where it stands.
 */
export function formatException(error: unknown): string {
  const lines: string[] = [];
  collect(error, { heading: '', place: '' }, { lines, places: new Map(), outer: [], count: 0 });
  const text = lines.join('\n');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
