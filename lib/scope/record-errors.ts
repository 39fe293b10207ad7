/** Which Errors a record tells of, found without rendering it. */
import type { LogRecord } from '../core/log-record';
import { isError, isPlainObject } from '../internal/foreign';

/** Anything that Errors can be put into; an object and not a function, so that nothing is allocated for each record. */
export interface ErrorTaker {
  add(error: unknown): void;
  /** The text of a stack, as a record's `excText` or in a field `stack`. */
  addStack?(stack: string): void;
}

function addFields(fields: Readonly<Record<string, unknown>>, taker: ErrorTaker): void {
  try {
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (typeof value === 'object' && value !== null && isError(value)) taker.add(value);
      else if (key === 'stack' && typeof value === 'string' && value !== '') taker.addStack?.(value);
    }
  } catch {
    // A getter that throws: the handler that prints the record reports it.
  }
}

/** False for a bare text, without looking any closer. */
export function mayHoldError({ msg, args, givenError, excText }: LogRecord): boolean {
  return args.length > 0 || typeof msg !== 'string' || givenError !== undefined || Boolean(excText);
}

/**
 * Gives `taker` every Error that the record prints: its own, those among its arguments, and one level down in its
 * fields. The arguments are only looked at, not read as a log call's: most records hold no Error and are not formatted
 * here.
 */
export function addErrorsOf(record: LogRecord, taker: ErrorTaker): void {
  const { msg, args, givenError, excText } = record;
  if (givenError !== undefined) taker.add(givenError);
  else if (excText) taker.addStack?.(excText);
  if (isError(msg)) taker.add(msg);
  else if (isPlainObject(msg)) addFields(msg, taker);
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (typeof argument !== 'object' || argument === null) continue;
    if (isError(argument)) taker.add(argument);
    else if (isPlainObject(argument)) addFields(argument, taker);
  }
}

/** The Error that the record is about: its own, or the first in its fields; undefined when it prints none. */
export function firstErrorOf(record: LogRecord): unknown {
  // A message that is made when it is needed may throw; it is the handler's to report that.
  const own = typeof record.msg === 'function' ? undefined : record.excInfo;
  if (own !== undefined && own !== null) return own;
  const errors: unknown[] = [];
  addErrorsOf(record, { add: (error) => errors.push(error) });
  return errors[0];
}
