/** Keeps a record's arguments as they are now, because it may be written much later. */
import type { LogRecord } from '../core/log-record';
import { isPlainObject } from '../internal/plain-object';
import type { Snapshot } from './scope-options';

const NO_ARGUMENTS: readonly unknown[] = [];

/** Plain objects and arrays change under a logger's feet; Errors, Dates and class instances are kept as they are. */
function shallowCopy(argument: unknown): unknown {
  if (isPlainObject(argument)) return { ...argument };
  return Array.isArray(argument) ? argument.slice() : argument;
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

/** The arguments array is the call's own, so it is changed in place: nothing is allocated for plain values. */
export function takeSnapshot(record: LogRecord, snapshot: Snapshot): void {
  if (snapshot === 'reference') return;
  if (snapshot === 'format') return render(record);
  const args = record.args as unknown[];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (typeof snapshot === 'function') args[i] = snapshot(argument);
    else if (typeof argument === 'object' && argument !== null) args[i] = shallowCopy(argument);
  }
}
