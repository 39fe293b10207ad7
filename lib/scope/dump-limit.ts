/** How many dumps a tree may write when everything fails at once, and what is said of those that were left out. */
import { activeSpan, stampSpan, type ActiveSpan } from '../core/active-span';
import { contextStorage, type RecordContext } from '../core/record-context';
import { ERROR } from '../core/level';
import type { LogRecord } from '../core/log-record';
import type { Manager } from '../core/manager';
import { isError } from '../internal/foreign';
import { processSlot } from '../internal/process-slot';
import { DumpBucket } from './dump-bucket';
import type { ScopeKind } from './scope-outcome';
import { scopeRegistry } from './scope-registry';

/** Bytes of dumped text a second, roughly: a disk or a log store takes more, but nobody reads more. */
const BYTES_A_SECOND = 4 * 1024 * 1024;
/** How often a flood is summed up, in ms: its first summary comes soon, and an hour of it stays readable. */
const SUMMARY_INTERVAL_MS = 5000;
/** Kinds of failure told apart; generated class names must not grow the table. */
const MAX_KINDS = 50;

/** What all scopes inside one another share. */
export interface UnitOfWork {
  /** Kind of the outermost scope: who is answered in the end. */
  readonly kind: ScopeKind;
  /** Place of the last record, so that records handed outwards keep theirs. */
  seq: number;
  /** The last failure that was let through or left out: on its way outwards it is not judged again. */
  judged: { readonly error: unknown; readonly admitted: boolean } | undefined;
  /** Active when the work began. At its end there may be none: the response is closed, the timer fired. */
  readonly span: ActiveSpan | undefined;
}

/** Work that begins now. */
export function newUnitOfWork(kind: ScopeKind): UnitOfWork {
  return { kind, seq: 0, judged: undefined, span: activeSpan() };
}

/** Makes a record one of the scope's, with the ids of its span. */
export function placeIn(scope: RecordContext & { readonly work: UnitOfWork }, record: LogRecord): void {
  record.context = scope;
  stampSpan(record, scope.work.span);
}

/** A scope that wants to write what it holds. */
export interface FailingScope {
  readonly work: UnitOfWork;
  readonly held: number;
  readonly options: { readonly maxDumpsPerSecond: number };
}

/** What was left out of one kind of failure. */
interface LeftOut {
  failures: number;
  records: number;
}

/** The class of an Error; what was thrown instead of one; the reason, where there is neither. */
export function failureKind(reason: string, error: unknown): string {
  if (error === undefined) return reason;
  if (!isError(error)) return `a thrown ${typeof error}`;
  try {
    return error.constructor.name || error.name;
  } catch {
    // A proxy or a foreign error without a constructor.
    return 'Error';
  }
}

/** Those that wait are found without their tree: a handler that ends does not know it. */
const slot = processSlot('dump-limits', () => ({
  byTree: new WeakMap<Manager, DumpLimit>(),
  waiting: new Set<DumpLimit>(),
}));

/** The reason of a dump for a rejection or exception that nobody handled. */
export const CRASH = 'crash';

/**
 * A bucket of dumps and one of bytes. A dump is never cut in two: one that is larger than what is left is paid for by
 * those after it. What nobody handled has a bucket of its own, which failing requests cannot empty: it may be followed by
 * the end of the process, and nobody knows that yet.
 */
export class DumpLimit {
  readonly #tree: Manager;
  readonly #failures = new DumpBucket();
  readonly #crashes = new DumpBucket();
  #bytes = BYTES_A_SECOND;
  /** On the clock of `performance.now()`: the time of day may be set back. */
  #filledAt = performance.now();
  #leftOut = new Map<string, LeftOut>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tree: Manager) {
    this.#tree = tree;
  }

  /** Whether a scope may write what it holds. One that may not is counted for the next summary. */
  admits({ work, held, options }: FailingScope, reason: string, error: unknown): boolean {
    const known = error === undefined || work.judged?.error !== error ? undefined : work.judged;
    const admitted = known?.admitted ?? this.#take(options.maxDumpsPerSecond, reason);
    work.judged = { error, admitted };
    if (!admitted) this.#leaveOut(failureKind(reason, error), held, known === undefined ? 1 : 0);
    return admitted;
  }

  /** So much was dumped, whoever asked for it. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Logs one record for each kind of failure that was left out since the last time. */
  summarise(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    slot.waiting.delete(this);
    const counts = this.#leftOut;
    this.#leftOut = new Map();
    const logger = this.#tree.getLogger('nestjs-hindsight');
    contextStorage.run(undefined, () => {
      for (const [error, { failures, records }] of counts) {
        const flood = { error, failures, records };
        logger.log(
          ERROR,
          '%s: %d more failures, whose %d records are not written',
          error,
          failures,
          records,
          { flood },
        );
      }
    });
  }

  /** Takes the place of one dump; false when none is left. */
  #take(maxDumpsPerSecond: number, reason: string): boolean {
    if (maxDumpsPerSecond === Infinity) return true;
    if (reason === CRASH) return this.#crashes.take(maxDumpsPerSecond);
    const now = performance.now();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#bytes = Math.min(BYTES_A_SECOND, this.#bytes + seconds * BYTES_A_SECOND);
    return this.#bytes > 0 && this.#failures.take(maxDumpsPerSecond);
  }

  #leaveOut(kind: string, records: number, failures: number): void {
    const known = this.#leftOut.has(kind) || this.#leftOut.size < MAX_KINDS ? kind : 'other errors';
    const count = this.#leftOut.get(known) ?? { failures: 0, records: 0 };
    count.failures += failures;
    count.records += records;
    this.#leftOut.set(known, count);
    scopeRegistry.flooded += failures;
    slot.waiting.add(this);
    // Outside the scope that happens to fail: a timer keeps the context it was made in.
    this.#timer ??= contextStorage.run(undefined, () =>
      setTimeout(() => this.summarise(), SUMMARY_INTERVAL_MS).unref(),
    );
  }
}

/** The limit of a tree: two applications in one process do not take each other's dumps. */
export function dumpLimitOf(tree: Manager): DumpLimit {
  let limit = slot.byTree.get(tree);
  if (limit === undefined) {
    limit = new DumpLimit(tree);
    slot.byTree.set(tree, limit);
  }
  return limit;
}

/** Logs the summaries that wait for their time; called before the handlers end. */
export function summariseFloods(): void {
  for (const limit of slot.waiting) limit.summarise();
}
