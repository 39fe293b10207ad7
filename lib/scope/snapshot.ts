/** Copies the arguments of a record, because they may change before it is written. */
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { isArray, isPlainObject, keysOf } from '../internal/foreign';
import type { Snapshot } from './options';

const NO_ARGUMENTS: readonly unknown[] = [];

/** Up to this length, every array is cheap to copy. */
const SHORT = 10_000;
/** Above this length, an array is treated as sparse. */
const LONG = 50_000_000;
/** Number of indexes that are checked for gaps. */
const PROBES = 64;

/** Copies plain objects and arrays, which may change. Errors, Dates and class instances are kept by reference. */
function shallowCopy(argument: unknown): unknown {
  if (isPlainObject(argument)) return { ...argument };
  return isArray(argument) ? copyOfArray(argument) : argument;
}

/** Copies an array. Of a sparse array, whose length may be four thousand million, only the existing items are copied. */
function copyOfArray(items: readonly unknown[]): readonly unknown[] {
  const { length } = items;
  if (length <= SHORT || (length <= LONG && !hasGaps(items))) return items.slice();
  const copy: unknown[] = [];
  // Setting the last item first makes V8 use a hash table; an array of the full length could need gigabytes.
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
    // Functions, for example, cannot be cloned. One level is what the default snapshot copies, too.
    return { ...extra };
  }
}

function copyArguments(record: LogRecord, copy: (argument: unknown) => unknown): void {
  let { args } = record;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    // Most arguments are strings and numbers.
    if (copy === shallowCopy && typeof argument !== 'object') continue;
    const copied = copy(argument);
    if (copied === argument) continue;
    // Copied once if others have this array, or if results that were read from it are cached by its identity.
    if (args === record.args && record.details !== null) args = args.slice();
    (args as unknown[])[i] = copied;
  }
  record.args = args;
  if (typeof record.msg === 'object') record.msg = copy(record.msg);
}

/**
 * Replaces the arguments of a record by copies. Allocates nothing for primitives. An argument that cannot be copied is kept by
 * reference, because a log call never throws.
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
