/** How many dumps a tree may write when everything fails at once, and what is said of those that were left out. */
import { guarded } from '../core/attempt';
import { activeSpan, stampSpan, type ActiveSpan } from '../core/active-span';
import { contextStorage, type RecordContext } from '../core/record-context';
import { ERROR, INFO } from '../core/level';
import type { LogRecord } from '../core/log-record';
import type { TreeData } from '../core/logger-tree';
import type { Manager } from '../core/manager';
import { classNameOf, isError } from '../internal/foreign';
import { DumpBucket } from './dump-bucket';
import type { ScopeKind } from './scope-outcome';
import { scopeRegistry } from './scope-registry';

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

/** The same record, as one that the scope logs itself. */
export function recordOf(
  scope: RecordContext & { readonly work: UnitOfWork },
  record: LogRecord,
  error: unknown,
): LogRecord {
  placeIn(scope, record);
  // Not by way of the arguments, where only an Error is taken for one: anything can be thrown.
  if (error !== undefined) record.excInfo = error;
  return record;
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
  return isError(error) ? classNameOf(error) : `a thrown ${typeof error}`;
}

/** Those that wait are found without their tree: a handler that ends does not know it. */
const byTree = new WeakMap<TreeData, DumpLimit>();
const waiting = new Set<DumpLimit>();

/** The reason of a dump for a rejection or exception that nobody handled. */
export const CRASH = 'crash';

/** Reasons of dumps that say nothing of a failure. */
const WITHOUT_FAILURE: ReadonlySet<string> = new Set(['sampled', 'aborted', 'slow', 'manual', 'forced']);

/** Whether a scope is written although it did not fail, as far as is known. */
export function isWithoutFailure(reason: string): boolean {
  return WITHOUT_FAILURE.has(reason);
}

/**
 * Three buckets. What did not fail, but was picked by a share, for its duration or because its client left, never takes the
 * place of a failure: clients choose trace ids, and how long they stay. What nobody handled has a bucket that failing
 * requests cannot empty: it may be followed by the end of the process, and nobody knows that yet.
 */
export class DumpLimit {
  readonly #tree: Manager;
  readonly #failures = new DumpBucket();
  readonly #successes = new DumpBucket();
  readonly #crashes = new DumpBucket();
  #leftOut = new Map<string, LeftOut>();
  /** Scopes that did not fail, by the reason for which they were picked. */
  #skipped = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tree: Manager) {
    this.#tree = tree;
  }

  /** Whether a scope may write what it holds. One that may not is counted for the next summary. */
  admits({ work, held, options }: FailingScope, reason: string, error: unknown): boolean {
    if (isWithoutFailure(reason)) return this.#admitsSuccess(options.maxDumpsPerSecond, reason);
    const known = error === undefined || work.judged?.error !== error ? undefined : work.judged;
    const admitted = known?.admitted ?? this.#take(options.maxDumpsPerSecond, reason);
    work.judged = { error, admitted };
    if (!admitted) this.#leaveOut(failureKind(reason, error), held, known === undefined ? 1 : 0);
    return admitted;
  }

  /** So much was dumped for this reason, whoever asked for it. */
  spend(bytes: number, reason: string): void {
    (isWithoutFailure(reason) ? this.#successes : this.#failures).spend(bytes);
  }

  /** Logs one record for each kind of failure, and for each other reason, that was left out since the last time. */
  summarise(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    waiting.delete(this);
    const [counts, skipped] = [this.#leftOut, this.#skipped];
    this.#leftOut = new Map();
    this.#skipped = new Map();
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
      for (const [reason, scopes] of skipped) {
        const text = '%s: %d more scopes are not written for this reason';
        logger.log(INFO, text, reason, scopes, { skipped: { reason, scopes } });
      }
    });
  }

  /** Takes the place of one dump; false when none is left. */
  #take(maxDumpsPerSecond: number, reason: string): boolean {
    if (maxDumpsPerSecond === Infinity) return true;
    if (reason === CRASH) return this.#crashes.take(maxDumpsPerSecond);
    return this.#failures.take(maxDumpsPerSecond);
  }

  #admitsSuccess(maxDumpsPerSecond: number, reason: string): boolean {
    if (maxDumpsPerSecond === Infinity || this.#successes.take(maxDumpsPerSecond)) return true;
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
    scopeRegistry.skipped++;
    this.#summariseLater();
    return false;
  }

  #leaveOut(kind: string, records: number, failures: number): void {
    const known = this.#leftOut.has(kind) || this.#leftOut.size < MAX_KINDS ? kind : 'other errors';
    const count = this.#leftOut.get(known) ?? { failures: 0, records: 0 };
    count.failures += failures;
    count.records += records;
    this.#leftOut.set(known, count);
    scopeRegistry.flooded += failures;
    this.#summariseLater();
  }

  #summariseLater(): void {
    waiting.add(this);
    // Outside the scope that happens to fail: a timer keeps the context it was made in.
    this.#timer ??= contextStorage.run(undefined, () =>
      setTimeout(
        guarded('the summary of a flood', () => this.summarise()),
        SUMMARY_INTERVAL_MS,
      ).unref(),
    );
  }
}

/** The limit of a tree: two applications in one process do not take each other's dumps. */
export function dumpLimitOf(tree: Manager): DumpLimit {
  let limit = byTree.get(tree.data);
  if (limit === undefined) {
    limit = new DumpLimit(tree);
    byTree.set(tree.data, limit);
  }
  return limit;
}

/** Logs the summaries that wait for their time; called before the handlers end. */
export function summariseFloods(): void {
  for (const limit of waiting) limit.summarise();
}
