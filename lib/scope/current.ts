/** Finds the current scope, or the scope of a request. */
import { diagnostics } from '../core/diagnostics';
import { contextStorage, type RecordContext } from '../core/record-context';
import { readProperty } from '../internal/foreign';
import { LogScope } from './scope';

/** A property of the raw request. It is a symbol, so that no name from a client can address a scope. */
const SCOPE = Symbol('nestjs-hindsight/scope');

interface Bound {
  [SCOPE]?: LogScope;
}

/** A Fastify reply contains the raw response, which contains the request. */
const MAX_WRAPPERS = 2;

/** The innermost scope that this copy of the package has opened. Scopes of other copies are known only as RecordContext. */
export function ownScope(context: RecordContext | undefined): LogScope | undefined {
  for (let at = context; at !== undefined; at = at.outer) if (at instanceof LogScope) return at;
  return undefined;
}

/** The scope of the running request, call or job. */
export function currentScope(): LogScope | undefined {
  return ownScope(contextStorage.getStore());
}

let wasReported = false;

/**
 * Adds fields to the records of the current scope and of its inner scopes, such as `{ userId, tenant }`. Outside any scope it does
 * nothing, which is reported once.
 */
export function setFields(fields: Readonly<Record<string, unknown>>): void {
  const context = contextStorage.getStore();
  const scope = context?.set === undefined ? ownScope(context) : context;
  if (scope?.set !== undefined) return scope.set(fields);
  if (wasReported) return;
  wasReported = true;
  diagnostics.report({ source: 'setFields', what: 'called outside any scope, so the fields are ignored' });
}

/** @internal */
export function bindScope(request: object, scope: LogScope): void {
  (request as Bound)[SCOPE] = scope;
}

/** The scope of a raw request. @internal */
export function boundScope(request: object): LogScope | undefined {
  return (request as Bound)[SCOPE];
}

/** The scope of a request or response, in any async context. */
export function scopeOf(requestOrResponse: unknown): LogScope | undefined {
  return find(requestOrResponse, MAX_WRAPPERS);
}

function find(requestOrResponse: unknown, deeper: number): LogScope | undefined {
  const direct = readProperty(requestOrResponse, SCOPE);
  if (direct instanceof LogScope) return direct;
  // A ServerResponse has `req` (Node, ServerResponse.req); the request and reply of Fastify have `raw`.
  const inner = readProperty(requestOrResponse, 'req') ?? readProperty(requestOrResponse, 'raw');
  return deeper === 0 || inner === undefined ? undefined : find(inner, deeper - 1);
}
