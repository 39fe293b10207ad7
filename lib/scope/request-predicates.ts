/** Applies the options `exclude` and `force` to a request or message. */
import { diagnostics } from '../core/diagnostics';
import type { PathList, RoutePrefix } from './path-list';
import type { CompiledScopeOptions, ScopeRequest } from './options';

/** A predicate that throws counts as false, because logging must not fail a request. */
function test(option: string, predicate: (request: ScopeRequest) => boolean, request: ScopeRequest): boolean {
  try {
    return predicate(request);
  } catch (error) {
    diagnostics.report({ source: 'request logs', what: `"${option}" threw and counts as false`, error });
    return false;
  }
}

/** Whether a request gets no scope. `isListed` is called only if `exclude` is a list. */
export function isExcluded<T extends ScopeRequest>(
  request: T,
  { exclude, routePrefix }: CompiledScopeOptions,
  isListed: (list: PathList, request: T, prefix: RoutePrefix) => boolean,
): boolean {
  if (typeof exclude === 'function') return test('exclude', exclude, request);
  return !exclude.isEmpty && isListed(exclude, request, routePrefix);
}

/** Whether all records of a request are written at once. */
export function isForced(request: ScopeRequest, { force }: CompiledScopeOptions): boolean {
  return force !== undefined && test('force', force, request);
}
