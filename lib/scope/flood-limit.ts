/** How many dumps a tree may write when everything fails at once, and the summaries of the dumps that were left out. */
import { guarded } from '../core/diagnostics';
import { ERROR, INFO } from '../core/level';
import type { TreeData } from '../core/logger-tree';
import type { Manager } from '../core/manager';
import { contextStorage } from '../core/record-context';
import { classNameOf, isError } from '../internal/foreign';
import { counts } from './counts';
import { CRASH, isWithoutFailure } from './outcome';

/** How often a flood is summed up, in ms: its first summary comes soon, and an hour of it stays readable. */
const SUMMARY_INTERVAL_MS = 5000;
/** Kinds of failure told apart; generated class names must not grow the table. */
const MAX_KINDS = 50;

/** A failure, and whether it could be written. */
export interface Admission {
  readonly error: unknown;
  readonly admitted: boolean;
}

/** A scope that wants to write what it holds. */
export interface FailingScope {
  /** The last failure that was admitted or left out: on its way outwards it is not counted again. */
  readonly work: { admission: Admission | undefined };
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
const byTree = new WeakMap<TreeData, FloodLimit>();
const waiting = new Set<FloodLimit>();

/** Bytes of dumped text a second, roughly: a disk or a log store takes more, but nobody reads more. */
const BYTES_A_SECOND = 4 * 1024 * 1024;

/**
 * Fills up again with time: as many dumps at once as are allowed a second, and as many a second after that. A dump is never cut
 * in two: one that is larger than what is left is paid for by those after it.
 */
class DumpBucket {
  /** Dumps that may be written now. */
  #dumps = Infinity;
  #bytes = BYTES_A_SECOND;
  /** On the clock of `performance.now()`: the time of day may be set back. */
  #filledAt = performance.now();

  /** Takes the place of one dump; false when none is left. */
  take(perSecond: number): boolean {
    const now = performance.now();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#bytes = Math.min(BYTES_A_SECOND, this.#bytes + seconds * BYTES_A_SECOND);
    this.#dumps = Math.min(Math.max(1, perSecond), this.#dumps + seconds * perSecond);
    if (this.#bytes <= 0 || this.#dumps < 1) return false;
    this.#dumps--;
    return true;
  }

  /** So much was dumped, whoever asked for it. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Three buckets. What did not fail, but was picked by a share, for its duration or because its client left, never takes the
 * place of a failure: clients choose trace ids, and how long they stay. What nobody handled has a bucket that failing
 * requests cannot empty: it may be followed by the end of the process, and nobody knows that yet.
 */
export class FloodLimit {
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
    const known = error === undefined || work.admission?.error !== error ? undefined : work.admission;
    const admitted = known?.admitted ?? this.#take(options.maxDumpsPerSecond, reason);
    work.admission = { error, admitted };
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
    const [failed, skipped] = [this.#leftOut, this.#skipped];
    this.#leftOut = new Map();
    this.#skipped = new Map();
    const logger = this.#tree.getLogger('nestjs-hindsight');
    contextStorage.run(undefined, () => {
      for (const [error, { failures, records }] of failed) {
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
    counts.skipped++;
    this.#summariseLater();
    return false;
  }

  #leaveOut(kind: string, records: number, failures: number): void {
    const known = this.#leftOut.has(kind) || this.#leftOut.size < MAX_KINDS ? kind : 'other errors';
    const count = this.#leftOut.get(known) ?? { failures: 0, records: 0 };
    count.failures += failures;
    count.records += records;
    this.#leftOut.set(known, count);
    counts.flooded += failures;
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
export function floodLimitOf(tree: Manager): FloodLimit {
  let limit = byTree.get(tree.data);
  if (limit === undefined) {
    limit = new FloodLimit(tree);
    byTree.set(tree.data, limit);
  }
  return limit;
}

/** Logs the summaries that wait for their time; called before the handlers end. */
export function summariseFloods(): void {
  for (const limit of waiting) limit.summarise();
}
