/** An Error as text: its stack, the whole chain of causes, and the members of an AggregateError. */
import { isError, readProperty } from '../internal/foreign';

/** A chain or tree of errors deeper than this is cut, so that one that contains itself ends. */
const MAX_ERRORS = 32;

const UNPRINTABLE = '[unprintable]';

function describe(value: unknown): string {
  if (!isError(value)) return typeof value === 'string' ? value : safeString(value);
  const stack = readProperty(value, 'stack');
  if (typeof stack === 'string' && stack !== '') return stack;
  // An Error whose stack was deleted or overwritten with something else still has its name and message.
  const [name, message] = [readProperty(value, 'name'), readProperty(value, 'message')];
  return name === undefined && message === undefined
    ? UNPRINTABLE
    : `${safeString(name)}: ${safeString(message)}`;
}

/** Of an AggregateError. */
function membersOf(error: Error): readonly unknown[] {
  try {
    const members: unknown = Reflect.get(error, 'errors');
    return Array.isArray(members) ? [...(members as readonly unknown[])] : [];
  } catch {
    // Here too.
    return [];
  }
}

function safeString(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    // A value that throws while it is printed must not hide the failure it came with.
    return typeName(value);
  }
}

/** `[object Object]` */
function typeName(value: unknown): string {
  try {
    return Object.prototype.toString.call(value);
  } catch {
    // A Proxy throws even here.
    return UNPRINTABLE;
  }
}

interface Collected {
  readonly lines: string[];
  readonly seen: Set<unknown>;
}

function collect(error: unknown, heading: string, into: Collected): void {
  const { lines, seen } = into;
  if (seen.has(error) || seen.size >= MAX_ERRORS) {
    lines.push(`${heading}[${seen.has(error) ? 'Circular' : 'further errors cut'}]`);
    return;
  }
  seen.add(error);
  lines.push(heading + describe(error));
  if (!isError(error)) return;
  membersOf(error).forEach((member, i) => collect(member, `[errors ${i}]: `, into));
  const cause = readProperty(error, 'cause');
  if (cause !== undefined) collect(cause, '[cause]: ', into);
}

/** Stack of the error, then of each member and cause, one below the other, without a trailing newline. */
export function formatException(error: unknown): string {
  const lines: string[] = [];
  collect(error, '', { lines, seen: new Set() });
  const text = lines.join('\n');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
