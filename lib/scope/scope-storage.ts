/** Finds a scope: the current one, or the one of a request. */
import { contextStorage } from '../core/record-context';
import { processSlot } from '../internal/process-slot';
import { readProperty } from '../internal/foreign';
import type { LogScope } from './log-scope';

/** Keyed by the raw request: nothing that a client sends can address another scope. */
const byRequest = processSlot('requests', () => new WeakMap<object, LogScope>());

/** Fastify's reply has the raw response, which has the request. */
const MAX_WRAPPERS = 2;

/** The scope of the running request, call or job. */
export function currentScope(): LogScope | undefined {
  // Only scopes are ever stored; not `instanceof`, since it may be one of another installed copy of the package.
  return contextStorage.getStore() as LogScope | undefined;
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
