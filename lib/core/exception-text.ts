/** An Error as text: its stack, the whole chain of causes, and the members of an AggregateError. */
import { isError } from '../internal/is-error';

/** A chain or tree of errors deeper than this is cut, so that one that contains itself ends. */
const MAX_ERRORS = 32;

function describe(value: unknown): string {
  if (!isError(value)) return typeof value === 'string' ? value : safeString(value);
  // An Error whose stack was deleted or overwritten with something else still has its name and message.
  return typeof value.stack === 'string' && value.stack !== ''
    ? value.stack
    : `${value.name}: ${value.message}`;
}

function safeString(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  } catch {
    // A value that throws while it is printed must not hide the failure it came with.
    return Object.prototype.toString.call(value);
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
  const members: unknown = 'errors' in error ? error.errors : undefined;
  if (Array.isArray(members)) {
    members.forEach((member: unknown, i) => collect(member, `[errors ${i}]: `, into));
  }
  if (error.cause !== undefined) collect(error.cause, '[cause]: ', into);
}

/** Stack of the error, then of each member and cause, one below the other, without a trailing newline. */
export function formatException(error: unknown): string {
  const lines: string[] = [];
  collect(error, '', { lines, seen: new Set() });
  const text = lines.join('\n');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
