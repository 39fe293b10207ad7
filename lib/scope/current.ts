/** Finds a scope: the current one, or the one of a request. */
import { contextStorage, type RecordContext } from '../core/record-context';
import { readProperty } from '../internal/foreign';
import { LogScope } from './scope';

/** On the raw request: no name that a client can send addresses a scope. */
const SCOPE = Symbol('nestjs-hindsight/scope');

interface Bound {
  [SCOPE]?: LogScope;
}

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
  (request as Bound)[SCOPE] = scope;
}

/** The scope of a raw request. @internal */
export function boundScope(request: object): LogScope | undefined {
  return (request as Bound)[SCOPE];
}

/** The scope of a request or response, whatever context the code runs in. */
export function scopeOf(requestOrResponse: unknown): LogScope | undefined {
  return find(requestOrResponse, MAX_WRAPPERS);
}

function find(requestOrResponse: unknown, deeper: number): LogScope | undefined {
  const direct = readProperty(requestOrResponse, SCOPE);
  if (direct instanceof LogScope) return direct;
  // A ServerResponse knows its request (Node, ServerResponse.req); Fastify wraps both with `raw`.
  const inner = readProperty(requestOrResponse, 'req') ?? readProperty(requestOrResponse, 'raw');
  return deeper === 0 || inner === undefined ? undefined : find(inner, deeper - 1);
}
