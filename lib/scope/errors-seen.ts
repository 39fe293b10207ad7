/** Finds the Errors that a record prints, and remembers the Errors that a unit of work has already written. */
import type { LogRecord } from '../core/log-record';
import type { Manager } from '../core/manager';
import { asText, isError, isPlainObject, readProperty, readStack } from '../internal/foreign';
import { globalState } from '../internal/global-state';

/** The Errors that a record prints. */
export interface FoundErrors {
  readonly errors: unknown[];
  /** Texts of stacks: a record's `excText`, or a field `stack`. */
  readonly stacks: string[];
}

function withError(found: FoundErrors | undefined, error: unknown): FoundErrors {
  if (found === undefined) return { errors: [error], stacks: [] };
  found.errors.push(error);
  return found;
}

function withStack(found: FoundErrors | undefined, stack: string): FoundErrors {
  if (found === undefined) return { errors: [], stacks: [stack] };
  found.stacks.push(stack);
  return found;
}

function withFields(found: FoundErrors | undefined, fields: object): FoundErrors | undefined {
  try {
    // Not `Object.keys`, which allocates an array for each record that is written.
    for (const key in fields) {
      const value = (fields as Readonly<Record<string, unknown>>)[key];
      if (typeof value === 'object' && value !== null && isError(value)) found = withError(found, value);
      else if (key === 'stack' && typeof value === 'string' && value !== '') found = withStack(found, value);
    }
  } catch {
    // A getter that throws: the handler that prints the record reports it.
  }
  return found;
}

function withValue(found: FoundErrors | undefined, value: unknown): FoundErrors | undefined {
  if (typeof value !== 'object' || value === null) return found;
  if (isError(value)) return withError(found, value);
  return isPlainObject(value) ? withFields(found, value) : found;
}

/**
 * Every Error that the record prints: its own, its message, its arguments and fields, and one level below those. Undefined if there
 * is none, so that most records allocate nothing. The arguments are only inspected, not interpreted as those of a log call.
 */
export function errorsIn({ msg, args, givenError, excText }: LogRecord): FoundErrors | undefined {
  let found: FoundErrors | undefined;
  if (givenError !== undefined) found = withError(found, givenError);
  else if (excText) found = withStack(found, excText);
  found = withValue(found, msg);
  for (let i = 0; i < args.length; i++) found = withValue(found, args[i]);
  return found;
}

/** The Error of the record: its own, or the first one in its fields; undefined if it prints none. */
export function firstErrorOf(record: LogRecord): unknown {
  // A message that is a function may throw when it is called. The handler reports that.
  const own = typeof record.msg === 'function' ? undefined : record.excInfo;
  return own ?? errorsIn(record)?.errors[0];
}

/** Errors that are remembered. An Error is reported again a few turns after its scope ends; meanwhile others may fail. */
const REMEMBERED = 256;

/** How long an Error is remembered, in ms. A later report is of another failure: some Error objects are thrown repeatedly. */
const REMEMBERED_MS = 5000;

/** A second report of an Error: as the Error itself, or as its text and its stack. */
export interface ErrorReport {
  readonly message: unknown;
  readonly stack: string | undefined;
  /** Compare only with Errors of calls: those of requests and messages are reported inside their scopes. */
  readonly ofCalls?: boolean;
}

interface Written {
  readonly error: unknown;
  readonly byCall: boolean;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

interface Ring {
  readonly entries: (Written | undefined)[];
  next: number;
}

function isTextOf(error: Error, { message, stack }: ErrorReport): boolean {
  if (readStack(error) !== stack) return false;
  const text = readProperty(error, 'message');
  return message === text || message === `${asText(readProperty(error, 'name'))}: ${asText(text)}`;
}

/** Remembers Error objects weakly and by identity, other thrown values by value. */
export class RecentErrors {
  readonly #written: Ring;

  constructor(written: Ring = { entries: [], next: 0 }) {
    this.#written = written;
  }

  /** @param byCall - by a job, a timer or another call that is not part of a request or message */
  add(error: unknown, byCall: boolean): void {
    const until = performance.now() + REMEMBERED_MS;
    const { entries, next } = this.#written;
    entries[next] = { error: isError(error) ? new WeakRef(error) : error, byCall, until };
    this.#written.next = (next + 1) % REMEMBERED;
  }

  /**
   * Whether the report only repeats an Error that was written. An Error object is recognised for five seconds, however
   * often it is reported. A text, or a thrown value of another type, is recognised once, because another failure may have
   * the same text or value.
   */
  tell(report: ErrorReport): boolean {
    const { message, stack, ofCalls = false } = report;
    const now = performance.now();
    const { entries } = this.#written;
    const at = entries.findIndex((entry) => {
      if (entry === undefined || entry.until < now || (ofCalls && !entry.byCall)) return false;
      const error: unknown = entry.error instanceof WeakRef ? entry.error.deref() : entry.error;
      if (error === undefined) return false;
      return stack === undefined ? error === message : isError(error) && isTextOf(error, report);
    });
    if (at >= 0 && !isError(message)) entries[at] = undefined;
    return at >= 0;
  }
}

const byTree = globalState('written-errors', () => new WeakMap<object, Ring>());

/** The Errors that were written to the handlers of a tree. The handlers of other trees have not seen them. */
export function recentErrorsOf(tree: object): RecentErrors {
  // Other copies of the package use the same tree through their own Manager.
  const data = (tree as Partial<Manager>).data ?? tree;
  let ring = byTree.get(data);
  if (ring === undefined) byTree.set(data, (ring = { entries: [], next: 0 }));
  return new RecentErrors(ring);
}

/** The Errors that a unit of work has written. Compares Errors by identity, other thrown values by value. */
export class WrittenErrors {
  #known: Set<unknown> | undefined;
  #stacks: Set<unknown> | undefined;
  readonly #recent: RecentErrors;
  readonly #byCall: boolean;

  /** @param byCall - the work is a job, a timer or another call that is not part of a request or message */
  constructor(tree: object, byCall: boolean) {
    this.#recent = recentErrorsOf(tree);
    this.#byCall = byCall;
  }

  add(error: unknown): void {
    this.#known ??= new Set();
    if (this.#known.has(error)) return;
    this.#known.add(error);
    this.#recent.add(error, this.#byCall);
  }

  /** Adds the Errors that a record prints. */
  addAll({ errors, stacks }: FoundErrors): void {
    for (const error of errors) this.add(error);
    for (const stack of stacks) (this.#stacks ??= new Set()).add(stack);
  }

  /** Also compares stacks, which some code logs as text. */
  has(error: unknown): boolean {
    if (this.#known?.has(error) === true) return true;
    return this.#stacks !== undefined && isError(error) && this.#stacks.has(readStack(error));
  }
}
