/** When a unit of work counts as failed: pure functions of its outcome and its options. */
import { diagnostics } from '../core/diagnostics';
import { graphqlStatus, isRefusal } from './refusals';
import type { CompiledScopeOptions, ExcludedStatus } from './scope-options';
import type { ScopeKind, ScopeOutcome } from './scope-outcome';

/** The HTTP status an Error stands for: Nest's HttpException, http-errors' `status`, or a code of GraphQL. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    if ('getStatus' in error && typeof error.getStatus === 'function') {
      const status: unknown = (error.getStatus as () => unknown).call(error);
      return typeof status === 'number' ? status : undefined;
    }
    const status = 'status' in error ? error.status : 'statusCode' in error ? error.statusCode : undefined;
    return typeof status === 'number' ? status : graphqlStatus(error);
  } catch {
    // A getter of a foreign error that throws tells nothing of its status.
    return undefined;
  }
}

/** An Error that says the client was wrong, such as NotFoundException or the body parser's 413. */
export function isClientError(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 100 && status < 500;
}

/** Whether the client was wrong, in the words of a unit of work of this kind. */
export function isClientsFault(error: unknown, kind: ScopeKind): boolean {
  return isClientError(error) || ((kind === 'rpc' || kind === 'ws') && isRefusal(error));
}

/** The default of `flushOn`. */
export function failedByDefault(outcome: ScopeOutcome): boolean {
  if (outcome.status !== undefined && outcome.status >= 500) return true;
  if (outcome.error === undefined) return false;
  return outcome.aborted || !isClientsFault(outcome.error, outcome.kind);
}

function matchesPath(path: string, pattern: string | RegExp): boolean {
  if (typeof pattern !== 'string') return path.search(pattern) >= 0;
  return path === pattern || path.startsWith(pattern.endsWith('/') ? pattern : `${pattern}/`);
}

/** True if one of the paths (with everything below it) or patterns fits. */
export function matchesAnyPath(path: string, patterns: readonly (string | RegExp)[]): boolean {
  return patterns.some((pattern) => matchesPath(path, pattern));
}

function excludesStatus(excluded: ExcludedStatus, status: number, path: string): boolean {
  if (typeof excluded === 'number') return excluded === status;
  const patterns = excluded[status];
  return patterns !== undefined && matchesAnyPath(path, patterns);
}

/** Whether a veto of the options says that this outcome is never a failure. */
export function isVetoed(outcome: ScopeOutcome, options: CompiledScopeOptions): boolean {
  if (!options.hasVeto) return false;
  const { status, error, path = '' } = outcome;
  if (
    status !== undefined &&
    options.excludeStatus.some((excluded) => excludesStatus(excluded, status, path))
  )
    return true;
  return error !== undefined && options.excludeErrors.some((type) => error instanceof type);
}

function hasFailed(outcome: ScopeOutcome, { flushOn }: CompiledScopeOptions): boolean {
  if (flushOn === undefined) return failedByDefault(outcome);
  try {
    return flushOn(outcome);
  } catch (error) {
    // It is asked when a response closes, where nobody could catch it and the process would end.
    diagnostics.report({ source: 'request logs', what: '"flushOn" threw; the default decided', error });
    return failedByDefault(outcome);
  }
}

/** Why the outcome makes the scope write its records, or undefined when it does not. */
export function failureReason(outcome: ScopeOutcome, options: CompiledScopeOptions): string | undefined {
  if (!hasFailed(outcome, options) || isVetoed(outcome, options)) return undefined;
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
