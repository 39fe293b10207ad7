/** What is known of how a scope's work went, and whether its records are to be written for it. */
import { guarded } from '../core/attempt';
import type { Clock } from '../internal/clock';
import type { Departure } from './departure';
import { isAnsweredAsRefusal } from './refusals';
import type { CompiledScopeOptions } from './scope-options';
import type { ScopeKind, ScopeOutcome, Settlement } from './scope-outcome';
import { failureReason, isVetoed, reasonBesideFailure, type Judged } from './triggers';

/** The part of a scope that its outcome tells of. */
export interface EndingScope {
  readonly kind: ScopeKind;
  readonly error: unknown;
  /** ms since the epoch */
  readonly startedAt: number;
  readonly tree: { readonly clock: Clock };
}

/** Milliseconds since the scope was opened; a clock that was set back makes no negative durations. */
export function elapsedMs({ startedAt, tree }: Pick<EndingScope, 'startedAt' | 'tree'>): number {
  return Math.max(0, tree.clock.now() - startedAt);
}

/** Has a scope dumped that runs for `slowMs`; the timer does not keep the process alive. */
export function slowTimer(
  scope: Parameters<typeof elapsedMs>[0] & { readonly options: Pick<CompiledScopeOptions, 'slowMs'> },
  dump: () => void,
): NodeJS.Timeout {
  return setTimeout(guarded('a dump', dump), Math.max(0, scope.options.slowMs - elapsedMs(scope))).unref();
}

/** How the scope ended, or would have with another Error. */
export function outcomeOf(
  scope: EndingScope,
  { status, aborted = false, path }: Settlement,
  error: unknown = scope.error,
): ScopeOutcome {
  return { kind: scope.kind, status, error, aborted, durationMs: elapsedMs(scope), path };
}

/** What a scope is opened with, as far as it decides on the verdict. */
export interface JudgedScope {
  readonly kind: ScopeKind;
  readonly options: Pick<CompiledScopeOptions, 'routes'>;
  /** Knows the Errors that the leaving of the client explains. */
  readonly departure?: Departure;
}

/** Why the records of a scope are written when it ends. */
export interface Verdict {
  readonly reason: string;
  /** False for a success whose records are wanted all the same: sampled, aborted, or a level that waited for a veto. */
  readonly failed: boolean;
}

/** One scope's: the first Error, and what had to wait until the outcome was known. */
export class ScopeVerdict {
  /** The Error the work failed with. */
  error: unknown = undefined;
  /** False on an undecorated route of `routes: 'decorated'`: records are held in case the route turns out to be decorated. */
  armed: boolean;
  #vetoed = false;
  #pendingReason: string | undefined;
  /** The Error that the framework answered by itself. */
  #answeredByFramework: unknown = undefined;
  /** The Error that the outcome was about, once it is known. */
  #judged: unknown = undefined;
  readonly #client: ScopeKind;
  readonly #departure: Departure | undefined;

  /** @param client - what the work is done for: the kind of the outermost scope */
  constructor({ kind, options, departure }: JudgedScope, client: ScopeKind) {
    this.armed = kind === 'call' || options.routes === 'all';
    this.#client = client;
    this.#departure = departure;
  }

  /**
   * The first Error stays, unless it refuses the client and this one does not. One that a leaving client explains is left
   * out.
   */
  note(error: unknown, byFramework = false): void {
    if (this.#departure?.explains(error) === true) {
      this.#departure.reported = true;
      return;
    }
    if (byFramework) this.#answeredByFramework = error;
    if (this.error === undefined || (this.#refuses(this.error) && !this.#refuses(error))) this.error = error;
  }

  /** Whether a level may write the records now. A veto makes it wait for the outcome. */
  allowsTrigger(reason: string, settled: boolean, { hasVeto }: CompiledScopeOptions): boolean {
    if (!this.armed || this.#vetoed) return false;
    if (!hasVeto || settled) return true;
    this.#pendingReason ??= reason;
    return false;
  }

  /** The outcome is known; undefined where nothing is to be written. */
  conclude(outcome: ScopeOutcome, options: CompiledScopeOptions, traceId: unknown): Verdict | undefined {
    this.#vetoed = isVetoed(outcome, options);
    this.#judged = outcome.error;
    if (!this.armed) return undefined;
    const failure = failureReason(this.#judge(outcome), options);
    if (failure !== undefined) return { reason: failure, failed: true };
    const reason = reasonBesideFailure(outcome, options, { pending: this.#pendingReason, traceId });
    return reason === undefined ? undefined : { reason, failed: false };
  }

  /** Whether an Error after the end still counts as a failure. One that was answered before is only told again. */
  failsLate(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
    if (this.#vetoed || outcome.error === this.#judged || this.#departure?.explains(outcome.error) === true)
      return false;
    return failureReason(this.#judge(outcome), options) !== undefined;
  }

  #refuses(error: unknown): boolean {
    return isAnsweredAsRefusal(error, this.#client);
  }

  #judge(outcome: ScopeOutcome): Judged {
    const { error } = outcome;
    const byFramework = error !== undefined && error === this.#answeredByFramework;
    return { outcome, refusing: { client: this.#client, byFramework } };
  }
}
