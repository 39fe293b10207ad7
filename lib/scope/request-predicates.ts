/** What the options say of a request or message before it is known how it ends. */
import { diagnostics } from '../core/diagnostics';
import type { PathList, RoutePrefix } from './path-list';
import type { CompiledScopeOptions, ScopeRequest } from './options';

/** A predicate of the user's that throws answers no: logging must not fail a request. */
function asks(option: string, predicate: (request: ScopeRequest) => boolean, request: ScopeRequest): boolean {
  try {
    return predicate(request);
  } catch (error) {
    diagnostics.report({ source: 'request logs', what: `"${option}" threw and counts as false`, error });
    return false;
  }
}

/** Whether it gets no scope at all. `isListed` is asked only where the options list paths. */
export function isExcluded<T extends ScopeRequest>(
  request: T,
  { exclude, routePrefix }: CompiledScopeOptions,
  isListed: (list: PathList, request: T, prefix: RoutePrefix) => boolean,
): boolean {
  if (typeof exclude === 'function') return asks('exclude', exclude, request);
  return !exclude.isEmpty && isListed(exclude, request, routePrefix);
}

/** Whether everything is written at once. */
export function isForced(request: ScopeRequest, { force }: CompiledScopeOptions): boolean {
  return force !== undefined && asks('force', force, request);
}
