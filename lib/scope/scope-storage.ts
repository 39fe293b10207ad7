/** Finds a scope: the current one, or the one of a request. */
import { contextStorage, type RecordContext } from '../core/record-context';
import { readProperty } from '../internal/foreign';
import { LogScope } from './log-scope';

/** Keyed by the raw request: nothing that a client sends can address another scope. */
const byRequest = new WeakMap<object, LogScope>();

/** Fastify's reply has the raw response, which has the request. */
const MAX_WRAPPERS = 2;

/** The innermost scope that this copy of the package has opened: of another's, only what RecordContext has is known. */
export function ownScope(context: RecordContext | undefined): LogScope | undefined {
  for (let at = context; at !== undefined; at = at.outer) if (at instanceof LogScope) return at;
  return undefined;
}

/** The scope of the running request, call or job. */
export function currentScope(): LogScope | undefined {
  return ownScope(contextStorage.getStore());
}

/** @internal */
export function bindScope(request: object, scope: LogScope): void {
  byRequest.set(request, scope);
}

/** The scope of a request or response, whatever context the code runs in. */
export function scopeOf(requestOrResponse: unknown): LogScope | undefined {
  return find(requestOrResponse, MAX_WRAPPERS);
}

function find(requestOrResponse: unknown, deeper: number): LogScope | undefined {
  if (typeof requestOrResponse !== 'object' || requestOrResponse === null) return undefined;
  const direct = byRequest.get(requestOrResponse);
  if (direct !== undefined) return direct;
  // A ServerResponse knows its request (Node, ServerResponse.req); Fastify wraps both with `raw`.
  const inner = readProperty(requestOrResponse, 'req') ?? readProperty(requestOrResponse, 'raw');
  return deeper === 0 ? undefined : find(inner, deeper - 1);
}
