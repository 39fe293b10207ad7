/** Whether a unit of work has failed: the only place that decides it, by pure functions of what is known of its end. */
import { diagnostics } from '../core/diagnostics';
import { getLevelName } from '../core/level';
import { isInstance } from '../internal/foreign';
import type { CompiledScopeOptions, ScopeKind, ScopeOutcome } from './options';
import { isAnsweredAsRefusal, isFrameworkRefusal, isRefusal } from './refusals';

/** How the work ended; what is left out is not known. */
export interface Settlement {
  readonly status?: number | undefined;
  readonly aborted?: boolean;
}

/** What decides beside the outcome whether an Error is a refusal of the client. */
export interface Refusing {
  /** What the work is done for: the kind of the outermost scope. */
  readonly client: ScopeKind;
  /** The framework answered the Error by itself; nobody has decided on the status. */
  readonly byFramework: boolean;
}

/** An outcome, and what decides beside it. */
export interface Judged {
  readonly outcome: ScopeOutcome;
  readonly refusing: Refusing;
}

/** Why the records of a scope are written at its end. */
export interface Verdict {
  readonly reason: string;
  /** False for a success whose records are wanted all the same: sampled, aborted, or a level that waited for a veto. */
  readonly failed: boolean;
}

/** Whether the next Error of a scope counts instead of the first: the first refuses a client, and the next does not. */
export function isWorse(next: unknown, first: unknown, client: ScopeKind): boolean {
  return isAnsweredAsRefusal(first, client) && !isAnsweredAsRefusal(next, client);
}

/**
 * The answer decides: a 4xx with which the application answers an Error refuses the client. An Error that is made to
 * refuse, such as an HttpException below 500, does so whoever answers, also with a redirect.
 */
export function isRefused({ status = 0, error }: ScopeOutcome, { client, byFramework }: Refusing): boolean {
  if (isRefusal(error, client)) return true;
  return status >= 400 && status < 500 && (!byFramework || isFrameworkRefusal(error));
}

/** The default of `flushOn`. */
export function failedByDefault(outcome: ScopeOutcome, refusing: Refusing): boolean {
  if (outcome.status !== undefined && outcome.status >= 500) return true;
  if (outcome.error === undefined) return false;
  return outcome.aborted || !isRefused(outcome, refusing);
}

/** Whether `excludeStatus` or `excludeErrors` says that this outcome is never a failure. */
export function isVetoed(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
  if (!options.hasVeto) return false;
  const { status, error, path = '' } = outcome;
  const isExcluded = options.excludeStatus.some(
    (veto) => veto.status === status && (veto.paths?.hasPath(path, options.routePrefix) ?? true),
  );
  if (isExcluded) return true;
  return error !== undefined && options.excludeErrors.some((type) => isInstance(error, type));
}

function hasFailed({ outcome, refusing }: Judged, { flushOn }: CompiledScopeOptions): boolean {
  if (flushOn === undefined) return failedByDefault(outcome, refusing);
  try {
    return flushOn(outcome);
  } catch (error) {
    // It is called when a response ends, where nobody could catch the Error and the process would end.
    diagnostics.report({ source: 'request logs', what: '"flushOn" threw; the default decided', error });
    return failedByDefault(outcome, refusing);
  }
}

/** Why the outcome makes the scope write its records, or undefined when it does not. */
export function failureReason(judged: Judged, options: CompiledScopeOptions): string | undefined {
  const { outcome } = judged;
  if (!hasFailed(judged, options) || isVetoed(outcome, options)) return undefined;
  if (outcome.error !== undefined) return 'error';
  if (outcome.status !== undefined && outcome.status >= 500) return `status ${outcome.status}`;
  return 'flushOn';
}

/** Why a record at `flushLevel` makes its scope write its records: the Error that it tells of, or else its level. */
export function triggerReason(levelno: number, error: unknown): string {
  return error === undefined || error === null ? `level ${getLevelName(levelno)}` : 'error';
}

/** A share of the trace ids, the same in every service: the id's last 32 bits below the share of their range. */
export function isSampled(share: number, traceId: string | undefined): boolean {
  if (share <= 0) return false;
  if (share >= 1) return true;
  const bits = traceId === undefined ? NaN : Number.parseInt(traceId.slice(-8), 16);
  return (Number.isNaN(bits) ? Math.random() : bits / 0x1_0000_0000) < share;
}

/**
 * Why a scope that did not fail writes its records all the same: a level that had to wait for a veto, an abort, or the
 * share that `sample` asks for.
 */
function reasonBesideFailure(
  outcome: ScopeOutcome,
  options: CompiledScopeOptions,
  { pending, traceId }: { readonly pending: string | undefined; readonly traceId: unknown },
): string | undefined {
  if (pending !== undefined && !isVetoed(outcome, options)) return pending;
  if (outcome.aborted && options.onAbort === 'dump') return 'aborted';
  return isSampled(options.sample, typeof traceId === 'string' ? traceId : undefined) ? 'sampled' : undefined;
}

/** What is known of the failure of one unit of work. Made when the first Error comes, or a level that has to wait. */
export class Failure {
  /** The first Error, unless it refuses the client and a later one does not. */
  error: unknown = undefined;
  /** The reason of a record at `flushLevel` that had to wait because a veto may exclude the outcome. */
  pending: string | undefined = undefined;
  /** The outcome is known, and a veto excludes it. */
  isVetoed = false;
  /** The Error that the framework answered by itself. */
  private answeredByFramework: unknown = undefined;
  /** The Error that the outcome was about. */
  private judged: unknown = undefined;
  private readonly client: ScopeKind;

  /** @param client - what the work is done for: the kind of the outermost scope */
  constructor(client: ScopeKind) {
    this.client = client;
  }

  note(error: unknown, byFramework: boolean): void {
    if (byFramework) this.answeredByFramework = error;
    if (this.error === undefined || isWorse(error, this.error, this.client)) this.error = error;
  }

  /** The Error, unless it only refuses the client. */
  get fault(): unknown {
    return isAnsweredAsRefusal(this.error, this.client) ? undefined : this.error;
  }

  /** The outcome is known. */
  noteOutcome(outcome: ScopeOutcome, options: CompiledScopeOptions, isByFramework: boolean): void {
    this.isVetoed = isVetoed(outcome, options);
    this.judged = outcome.error;
    if (isByFramework) this.answeredByFramework = outcome.error;
  }

  /** Why the records of the scope are written at this outcome; undefined where they are not. */
  verdictOn(outcome: ScopeOutcome, options: CompiledScopeOptions, traceId: unknown): Verdict | undefined {
    const reason = failureReason(this.judgedOf(outcome), options);
    if (reason !== undefined) return { reason, failed: true };
    const beside = reasonBesideFailure(outcome, options, { pending: this.pending, traceId });
    return beside === undefined ? undefined : { reason: beside, failed: false };
  }

  /** Whether an Error after the end still counts as a failure. One that was answered before is only reported again. */
  failsLate(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
    if (this.isVetoed || outcome.error === this.judged) return false;
    return failureReason(this.judgedOf(outcome), options) !== undefined;
  }

  private judgedOf(outcome: ScopeOutcome): Judged {
    const { error } = outcome;
    const byFramework = error !== undefined && error === this.answeredByFramework;
    return { outcome, refusing: { client: this.client, byFramework } };
  }
}

/** True where a success with this status and no Error needs no verdict, as no option could ask for its records. */
export function isPlainSuccess(
  { status, aborted }: Settlement,
  { flushOn, hasVeto, sample }: CompiledScopeOptions,
): boolean {
  return (
    (status === undefined || status < 500) &&
    aborted !== true &&
    flushOn === undefined &&
    !hasVeto &&
    sample === 0
  );
}

/** Reasons of dumps that say nothing of a failure. */
const WITHOUT_FAILURE: ReadonlySet<string> = new Set(['sampled', 'aborted', 'slow', 'manual', 'forced']);

/** Whether a scope is written for this reason although it did not fail, as far as is known. */
export function isWithoutFailure(reason: string): boolean {
  return WITHOUT_FAILURE.has(reason);
}

/** The reason of a dump for a rejection or exception that nobody handled. */
export const CRASH = 'crash';
