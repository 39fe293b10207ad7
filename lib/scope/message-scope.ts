/** One message of a microservice or event of a WebSocket gateway as a scope. */
import { watchCrashes } from './crash-watch';
import type { HttpScopeInit } from './http-scope';
import { LogScope } from './log-scope';
import { isExcluded, isForced } from './request-predicates';
import { idHeader, outgoingHeaders, requestIds } from './request-ids';
import type { ScopeRequest } from './scope-options';
import { scopeRegistry } from './scope-registry';

/** What is known of a message before it is handled. */
export interface Message {
  readonly kind: 'rpc' | 'ws';
  /** As its handler declares it, such as `orders.find` or `{"cmd":"find"}`. */
  readonly pattern: string;
  /** What came with it beside its data, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Opens the scope of a message; undefined if the options exclude it. It is inside no other: whatever the code that
 * received the message runs in is not what the message is about.
 */
export function openMessageScope(
  { kind, pattern, headers }: Message,
  { options, tree, logger }: HttpScopeInit,
): LogScope | undefined {
  const request: ScopeRequest = { method: kind, url: pattern, headers };
  if (isExcluded(request, options, (list) => list.hasName(pattern))) return undefined;
  watchCrashes();
  const fields = { ...requestIds(request, options.requestId) };
  const scope = new LogScope({
    kind,
    options,
    tree,
    fields,
    logger,
    headers: outgoingHeaders(headers, idHeader(options.requestId), fields),
    title: () => `${kind} ${pattern}`,
  });
  scopeRegistry.trackWeakly(scope);
  if (isForced(request, options)) scope.force('forced');
  return scope;
}
