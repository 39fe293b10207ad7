/** When a unit of work counts as failed: pure functions of its outcome and its options. */
import { diagnostics } from '../core/diagnostics';
import { isInstance } from '../internal/foreign';
import { isFrameworkRefusal, isRefusal } from './refusals';
import type { CompiledScopeOptions } from './scope-options';
import type { ScopeKind, ScopeOutcome } from './scope-outcome';

/** What decides beside the outcome whether an Error is a refusal of the client. */
export interface Refusing {
  /** What the work is done for: the kind of the outermost scope. */
  readonly client: ScopeKind;
  /** The framework answered the Error by itself; nobody has decided on the status. */
  readonly byFramework: boolean;
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

/** Whether a veto of the options says that this outcome is never a failure. */
export function isVetoed(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
  if (!options.hasVeto) return false;
  const { status, error, path = '' } = outcome;
  const isExcluded = options.excludeStatus.some(
    (veto) => veto.status === status && (veto.paths?.hasPath(path, options.routePrefix) ?? true),
  );
  if (isExcluded) return true;
  return error !== undefined && options.excludeErrors.some((type) => isInstance(error, type));
}

/** An outcome, and what decides beside it. */
export interface Judged {
  readonly outcome: ScopeOutcome;
  readonly refusing: Refusing;
}

function hasFailed({ outcome, refusing }: Judged, { flushOn }: CompiledScopeOptions): boolean {
  if (flushOn === undefined) return failedByDefault(outcome, refusing);
  try {
    return flushOn(outcome);
  } catch (error) {
    // It is asked when a response closes, where nobody could catch it and the process would end.
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

/** A share of the trace ids, the same in every service: the id's last 32 bits below the share of their range. */
export function isSampled(share: number, traceId: string | undefined): boolean {
  if (share <= 0) return false;
  if (share >= 1) return true;
  const bits = traceId === undefined ? NaN : Number.parseInt(traceId.slice(-8), 16);
  return (Number.isNaN(bits) ? Math.random() : bits / 0x1_0000_0000) < share;
}

/**
 * Why a scope that did not fail writes its records all the same: a level that had to wait for a veto, an abort, or its
 * turn as a sample.
 */
export function reasonBesideFailure(
  outcome: ScopeOutcome,
  options: CompiledScopeOptions,
  { pending, traceId }: { readonly pending: string | undefined; readonly traceId: unknown },
): string | undefined {
  if (pending !== undefined && !isVetoed(outcome, options)) return pending;
  if (outcome.aborted && options.onAbort === 'dump') return 'aborted';
  return isSampled(options.sample, typeof traceId === 'string' ? traceId : undefined) ? 'sampled' : undefined;
}
