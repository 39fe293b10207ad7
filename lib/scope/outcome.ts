/** Decides whether a unit of work has failed. No other file decides this. */
import { diagnostics } from '../core/diagnostics';
import { getLevelName } from '../core/level';
import { isInstance } from '../internal/foreign';
import type { CompiledScopeOptions, ScopeKind, ScopeOutcome } from './options';
import { isAnsweredAsRefusal, isFrameworkRefusal, isRefusal } from './refusals';

/** How the work ended; a missing property is unknown. */
export interface Settlement {
  readonly status?: number | undefined;
  readonly aborted?: boolean;
}

/** Who was answered, and by whom: decides with the outcome whether an Error refuses the client. */
export interface Answering {
  /** The kind of the client: the kind of the outermost scope. */
  readonly client: ScopeKind;
  /** The framework answered the Error itself; no code of the application chose the status. */
  readonly byFramework: boolean;
}

/** All that decides whether the work failed. */
export interface Evidence {
  readonly outcome: ScopeOutcome;
  readonly answering: Answering;
}

/** Why a scope is dumped at its end. */
export interface Verdict {
  readonly reason: string;
  /** False for a success that is dumped: sampled, aborted, or because of a record at `flushLevel` that waited for the outcome. */
  readonly failed: boolean;
}

/** Whether the next Error of a scope replaces the first one: the first refuses the client, and the next does not. */
export function isWorse(next: unknown, first: unknown, client: ScopeKind): boolean {
  return isAnsweredAsRefusal(first, client) && !isAnsweredAsRefusal(next, client);
}

/**
 * Whether the Error is only a refusal of the client. An HttpException below 500, for example, always is. Any other Error is one
 * if the application answers it with a 4xx, or the framework answers its own Error with a 4xx.
 */
export function isRefused({ status = 0, error }: ScopeOutcome, { client, byFramework }: Answering): boolean {
  if (isRefusal(error, client)) return true;
  return status >= 400 && status < 500 && (!byFramework || isFrameworkRefusal(error));
}

/** The default of `flushOn`. */
export function failedByDefault(outcome: ScopeOutcome, answering: Answering): boolean {
  if (outcome.status !== undefined && outcome.status >= 500) return true;
  if (outcome.error === undefined) return false;
  return outcome.aborted || !isRefused(outcome, answering);
}

/** Whether `excludeStatus` or `excludeErrors` excludes this outcome. */
export function isVetoed(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
  if (!options.hasVeto) return false;
  const { status, error, path = '' } = outcome;
  const isExcluded = options.excludeStatus.some(
    (veto) => veto.status === status && (veto.paths?.hasPath(path, options.routePrefix) ?? true),
  );
  if (isExcluded) return true;
  return error !== undefined && options.excludeErrors.some((type) => isInstance(error, type));
}

function hasFailed({ outcome, answering }: Evidence, { flushOn }: CompiledScopeOptions): boolean {
  if (flushOn === undefined) return failedByDefault(outcome, answering);
  try {
    return flushOn(outcome);
  } catch (error) {
    // It is called when a response ends, where nobody could catch the Error, so it would end the process.
    diagnostics.report({ source: 'request logs', what: '"flushOn" threw; the default decided', error });
    return failedByDefault(outcome, answering);
  }
}

/** The reason of the failure; undefined if the work did not fail. */
export function failureReason(evidence: Evidence, options: CompiledScopeOptions): string | undefined {
  const { outcome } = evidence;
  if (!hasFailed(evidence, options) || isVetoed(outcome, options)) return undefined;
  if (outcome.error !== undefined) return 'error';
  if (outcome.status !== undefined && outcome.status >= 500) return `status ${outcome.status}`;
  return 'flushOn';
}

/** The reason of a dump that a record at `flushLevel` triggers: `error` if it has an Error, else its level. */
export function triggerReason(levelno: number, error: unknown): string {
  return error === undefined || error === null ? `level ${getLevelName(levelno)}` : 'error';
}

/** Whether a trace id belongs to the sample, the same in every service: its last 32 bits are below that share of their range. */
export function isSampled(share: number, traceId: string | undefined): boolean {
  if (share <= 0) return false;
  if (share >= 1) return true;
  const bits = traceId === undefined ? NaN : Number.parseInt(traceId.slice(-8), 16);
  return (Number.isNaN(bits) ? Math.random() : bits / 0x1_0000_0000) < share;
}

/** Why a scope that did not fail is dumped: a record at `flushLevel` that waited for the outcome, an abort, or `sample`. */
function reasonWithoutFailure(
  outcome: ScopeOutcome,
  options: CompiledScopeOptions,
  { pending, traceId }: { readonly pending: string | undefined; readonly traceId: unknown },
): string | undefined {
  if (pending !== undefined && !isVetoed(outcome, options)) return pending;
  if (outcome.aborted && options.onAbort === 'dump') return 'aborted';
  return isSampled(options.sample, typeof traceId === 'string' ? traceId : undefined) ? 'sampled' : undefined;
}

/** The failure of one unit of work. Created with the first Error, or with a record at `flushLevel` that waits for the outcome. */
export class Failure {
  /** The first Error, unless it refuses the client and a later one does not. */
  error: unknown = undefined;
  /** The reason of a record at `flushLevel` that waits, because `excludeStatus` or `excludeErrors` may exclude the outcome. */
  pending: string | undefined = undefined;
  /** The outcome is known and excluded. */
  isVetoed = false;
  /** The Error that the framework answered itself. */
  private answeredByFramework: unknown = undefined;
  /** The Error of the outcome. */
  private outcomeError: unknown = undefined;
  private readonly client: ScopeKind;

  /** @param client - the kind of the client: the kind of the outermost scope */
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

  /** Called when the outcome is known. */
  noteOutcome(outcome: ScopeOutcome, options: CompiledScopeOptions, isByFramework: boolean): void {
    this.isVetoed = isVetoed(outcome, options);
    this.outcomeError = outcome.error;
    if (isByFramework) this.answeredByFramework = outcome.error;
  }

  /** Why the scope is dumped with this outcome; undefined if it is not. */
  verdictOn(outcome: ScopeOutcome, options: CompiledScopeOptions, traceId: unknown): Verdict | undefined {
    const reason = failureReason(this.evidenceOf(outcome), options);
    if (reason !== undefined) return { reason, failed: true };
    const other = reasonWithoutFailure(outcome, options, { pending: this.pending, traceId });
    return other === undefined ? undefined : { reason: other, failed: false };
  }

  /** Whether an Error after the end is a new failure, and not a second report of the Error of the outcome. */
  failsLate(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
    if (this.isVetoed || outcome.error === this.outcomeError) return false;
    return failureReason(this.evidenceOf(outcome), options) !== undefined;
  }

  private evidenceOf(outcome: ScopeOutcome): Evidence {
    const { error } = outcome;
    const byFramework = error !== undefined && error === this.answeredByFramework;
    return { outcome, answering: { client: this.client, byFramework } };
  }
}

/** Whether a scope with this status and without an Error is a success that no option can dump, so it needs no verdict. */
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

/** Reasons of dumps without a failure. */
const WITHOUT_FAILURE: ReadonlySet<string> = new Set(['sampled', 'aborted', 'slow', 'manual', 'forced']);

/** Whether this is the reason of a dump without a known failure. */
export function isWithoutFailure(reason: string): boolean {
  return WITHOUT_FAILURE.has(reason);
}

/** The reason of a dump for an unhandled rejection or exception. */
export const CRASH = 'crash';
