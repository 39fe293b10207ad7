/** Opens the scope of a message of a microservice, or of an event of a WebSocket gateway. */
import { watchCrashes } from './crash';
import { inboundIds } from './ids';
import { trackWeakly } from './live';
import type { ScopeRequest } from './options';
import { watchOutgoingHttp } from './outgoing/channels';
import { isExcluded, isForced } from './request-predicates';
import { LogScope, type ScopePlace } from './scope';

/** The data of a message before it is handled. */
export interface Message {
  readonly kind: 'rpc' | 'ws';
  /** The pattern that the handler declares, such as `orders.find` or `{"cmd":"find"}`. */
  readonly pattern: string;
  /** The headers or metadata of the message, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Opens the scope of a message; undefined if the options exclude it. The scope has no outer scope: the scope of the code that
 * received the message has nothing to do with the message.
 */
export function openMessageScope(
  { kind, pattern, headers }: Message,
  place: ScopePlace,
): LogScope | undefined {
  const { options } = place;
  const request: ScopeRequest = { method: kind, url: pattern, headers };
  if (isExcluded(request, options, (list) => list.hasName(pattern))) return undefined;
  watchCrashes();
  if (options.outgoingHttp !== false) watchOutgoingHttp();
  const scope = new LogScope(kind, place, { title: `${kind} ${pattern}` });
  scope.target = pattern;
  scope.message = request;
  scope.ids = inboundIds(request, options.requestId);
  trackWeakly(scope);
  if (isForced(request, options)) scope.force('forced');
  return scope;
}
