/** Keeps a record's arguments as they are now, because it may be written much later. */
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { isArray, isPlainObject, keysOf } from '../internal/foreign';
import type { Snapshot } from './options';

const NO_ARGUMENTS: readonly unknown[] = [];

/** Below it, a copy is cheap whatever is in the array. */
const SHORT = 10_000;
/** Above it, no array of a sane program has all its items. */
const LONG = 50_000_000;
/** Places that are looked at for gaps. */
const PROBES = 64;

/** Plain objects and arrays change under a logger's feet; Errors, Dates and class instances are kept as they are. */
function shallowCopy(argument: unknown): unknown {
  if (isPlainObject(argument)) return { ...argument };
  return isArray(argument) ? copyOfArray(argument) : argument;
}

/** An array may have four thousand million items, of which two are there: those are copied, and nothing else. */
function copyOfArray(items: readonly unknown[]): readonly unknown[] {
  const { length } = items;
  if (length <= SHORT || (length <= LONG && !hasGaps(items))) return items.slice();
  const copy: unknown[] = [];
  // Set far behind the others, it makes V8 keep a table of items; room for all of them could be gigabytes.
  copy[length - 1] = undefined;
  Reflect.deleteProperty(copy, length - 1);
  for (const key of keysOf(items)) {
    const index = Number(key);
    if (index < length) copy[index] = items[index];
  }
  copy.length = length;
  return copy;
}

function hasGaps(items: readonly unknown[]): boolean {
  for (let i = 1; i <= PROBES; i++) {
    if (!Object.hasOwn(items, Math.ceil((items.length * i) / PROBES) - 1)) return true;
  }
  return false;
}

function render(record: LogRecord): void {
  const { extra, excInfo, stackInfo } = record;
  record.msg = record.getMessage();
  record.args = NO_ARGUMENTS;
  if (extra !== undefined) record.extra = structuredCloneOrCopy(extra);
  if (excInfo !== undefined) record.excInfo = excInfo;
  if (stackInfo !== undefined) record.stackInfo = stackInfo;
}

function structuredCloneOrCopy(extra: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(extra);
  } catch {
    // Functions and the like cannot be cloned; one level is what the default keeps too.
    return { ...extra };
  }
}

function copyArguments(record: LogRecord, copy: (argument: unknown) => unknown): void {
  let { args } = record;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    // Most arguments are texts and numbers.
    if (copy === shallowCopy && typeof argument !== 'object') continue;
    const copied = copy(argument);
    if (copied === argument) continue;
    // A new array, once, if others know this one, or something was read of it already, which is cached by its identity.
    if (args === record.args && record.details !== null) args = args.slice();
    (args as unknown[])[i] = copied;
  }
  record.args = args;
  if (typeof record.msg === 'object') record.msg = copy(record.msg);
}

/**
 * Nothing is allocated for plain values. An argument that cannot be copied is kept by reference: a log call never
 * throws, and the handler reports what it cannot print.
 */
export function takeSnapshot(record: LogRecord, snapshot: Snapshot): void {
  if (snapshot === 'reference') return;
  try {
    if (snapshot === 'format') render(record);
    else copyArguments(record, snapshot === 'shallow' ? shallowCopy : snapshot);
  } catch (error) {
    diagnostics.report({
      source: 'request logs',
      what: 'an argument could not be copied and is kept by reference',
      error,
      subject: record.name,
    });
  }
}
