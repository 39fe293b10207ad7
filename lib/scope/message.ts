/** Opens the scope of a message of a microservice, or of an event of a WebSocket gateway. */
import { watchCrashes } from './crash';
import { inboundIds } from './ids';
import { trackWeakly } from './live';
import type { ScopeRequest } from './options';
import { isExcluded, isForced } from './request-predicates';
import { LogScope, type ScopePlace } from './scope';

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
  place: ScopePlace,
): LogScope | undefined {
  const { options } = place;
  const request: ScopeRequest = { method: kind, url: pattern, headers };
  if (isExcluded(request, options, (list) => list.hasName(pattern))) return undefined;
  watchCrashes();
  const scope = new LogScope(kind, place, { title: `${kind} ${pattern}` });
  scope.target = pattern;
  scope.ids = inboundIds(request, options.requestId);
  trackWeakly(scope);
  if (isForced(request, options)) scope.force('forced');
  return scope;
}
