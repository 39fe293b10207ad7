/** The Errors that scopes wrote lately, for reports of the same Errors that come when the scope is over. */
import type { Manager } from '../core/manager';
import { asText, isError, readProperty, readStack } from '../internal/foreign';
import { processSlot } from '../internal/process-slot';

/** A report comes a few turns after the scope's end; a burst of failures lies between, at most. */
const REMEMBERED = 256;

/** A report that comes later, in ms, is of another failure: some Errors are made once and thrown again and again. */
const REMEMBERED_MS = 5000;

/** How an Error is reported again: as it is, or as its text and its stack. */
export interface ErrorReport {
  readonly message: unknown;
  readonly stack: string | undefined;
  /** Only Errors of calls are meant: what a request or message failed with is reported inside its scope. */
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

/** Errors are remembered weakly and by identity, whatever else was thrown by value. */
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
   * often it is reported. A text, or a thrown value of another type, is recognised once: another failure may look the same.
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

const byTree = processSlot('recent-errors', () => new WeakMap<object, Ring>());

/** Those that were written to the handlers of a tree: another tree's handlers have not seen them. */
export function recentErrorsOf(tree: object): RecentErrors {
  // Other copies of the package reach the same tree through managers of their own.
  const data = (tree as Partial<Manager>).data ?? tree;
  let ring = byTree.get(data);
  if (ring === undefined) byTree.set(data, (ring = { entries: [], next: 0 }));
  return new RecentErrors(ring);
}
