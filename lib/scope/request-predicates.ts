/** What the options say of a request or message before it is known how it ends. */
import { diagnostics } from '../core/diagnostics';
import type { CompiledScopeOptions, ScopeRequest } from './scope-options';
import { matchesAnyPath } from './triggers';

/** A predicate of the user's that throws answers no: logging must not fail a request. */
function asks(option: string, predicate: (request: ScopeRequest) => boolean, request: ScopeRequest): boolean {
  try {
    return predicate(request);
  } catch (error) {
    diagnostics.report({ source: 'request logs', what: `"${option}" threw and counts as false`, error });
    return false;
  }
}

/** Whether it gets no scope at all. `pathOf` is asked only where the options list paths. */
export function isExcluded<T extends ScopeRequest>(
  request: T,
  { exclude }: CompiledScopeOptions,
  pathOf: (request: T) => string,
): boolean {
  if (typeof exclude === 'function') return asks('exclude', exclude, request);
  return exclude.length > 0 && matchesAnyPath(pathOf(request), exclude);
}

/** Whether everything is written at once. */
export function isForced(request: ScopeRequest, { force }: CompiledScopeOptions): boolean {
  return force !== undefined && asks('force', force, request);
}
