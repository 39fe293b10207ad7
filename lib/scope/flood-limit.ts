/** Limits the dumps of a tree of loggers when everything fails at once, and logs summaries of the dumps that were left out. */
import { guarded } from '../core/diagnostics';
import { ERROR, INFO } from '../core/level';
import type { TreeData } from '../core/logger-tree';
import type { Manager } from '../core/manager';
import { contextStorage } from '../core/record-context';
import { classNameOf, isError } from '../internal/foreign';
import { counts } from './counts';
import { CRASH, isWithoutFailure } from './outcome';

/** Time between summaries, in ms: short enough to see the first one soon, long enough to read an hour of them. */
const SUMMARY_INTERVAL_MS = 5000;
/** Kinds of failure that are counted separately. The limit keeps generated class names from filling memory. */
const MAX_KINDS = 50;

/** A failure, and whether it may be dumped. */
export interface Admission {
  readonly error: unknown;
  readonly admitted: boolean;
}

/** A scope that asks for a dump. */
export interface FailingScope {
  /** The last failure that was admitted or left out. The outer scopes do not count it again. */
  readonly work: { admission: Admission | undefined };
  readonly held: number;
  readonly options: { readonly maxDumpsPerSecond: number };
}

/** Counts what was left out for one kind of failure. */
interface LeftOut {
  failures: number;
  records: number;
}

/** The class of an Error, the type of another thrown value, or the reason if nothing was thrown. */
export function failureKind(reason: string, error: unknown): string {
  if (error === undefined) return reason;
  return isError(error) ? classNameOf(error) : `a thrown ${typeof error}`;
}

const byTree = new WeakMap<TreeData, FloodLimit>();
/** The limits with a summary to log. A handler that is closed does not know its trees, so it logs all of them. */
const waiting = new Set<FloodLimit>();

/** Bytes of dumped text per second, approximately: a disk or a log store could take more, but nobody could read it. */
const BYTES_A_SECOND = 4 * 1024 * 1024;

/**
 * A token bucket: allows the dumps of one second at once, and as many per second after that. A dump is never split: if it is larger
 * than the remaining bytes, the following dumps have to wait longer.
 */
class DumpBucket {
  /** Dumps that may be written now. */
  #dumps = Infinity;
  #bytes = BYTES_A_SECOND;
  /** On the clock of `performance.now()`: the time of day may be set back. */
  #filledAt = performance.now();

  /** Takes one dump from the bucket; false if none is left. */
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

  /** Subtracts dumped bytes, also of dumps that are not limited. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Has three buckets. Scopes that did not fail (sampled, slow or aborted) have their own, so that clients, who choose trace ids
 * and when to disconnect, cannot suppress failures. Unhandled rejections and exceptions have their own, which failing requests
 * cannot empty, because the process may end right after them.
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

  /** Whether a scope may be dumped. If not, it is counted for the next summary. */
  admits({ work, held, options }: FailingScope, reason: string, error: unknown): boolean {
    if (isWithoutFailure(reason)) return this.#admitsSuccess(options.maxDumpsPerSecond, reason);
    const known = error === undefined || work.admission?.error !== error ? undefined : work.admission;
    const admitted = known?.admitted ?? this.#take(options.maxDumpsPerSecond, reason);
    work.admission = { error, admitted };
    if (!admitted) this.#leaveOut(failureKind(reason, error), held, known === undefined ? 1 : 0);
    return admitted;
  }

  /** Subtracts dumped bytes, also of dumps that are not limited. */
  spend(bytes: number, reason: string): void {
    (isWithoutFailure(reason) ? this.#successes : this.#failures).spend(bytes);
  }

  /** Logs one record for each kind of failure, and for each other reason, that was left out since the last summary. */
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

  /** Takes one dump from the bucket of this reason; false if none is left. */
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
    // Outside of the failing scope: a timer keeps the async context in which it was created.
    this.#timer ??= contextStorage.run(undefined, () =>
      setTimeout(
        guarded('the summary of a flood', () => this.summarise()),
        SUMMARY_INTERVAL_MS,
      ).unref(),
    );
  }
}

/** The limit of a tree. Each application in a process has its own tree, and so its own limit. */
export function floodLimitOf(tree: Manager): FloodLimit {
  let limit = byTree.get(tree.data);
  if (limit === undefined) {
    limit = new FloodLimit(tree);
    byTree.set(tree.data, limit);
  }
  return limit;
}

/** Logs all waiting summaries now; called before the handlers are closed. */
export function summariseFloods(): void {
  for (const limit of waiting) limit.summarise();
}
