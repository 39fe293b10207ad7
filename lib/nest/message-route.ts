/** One handler of messages: what its scopes are opened with. */
import { openMessageScope } from '../scope/message';
import type { LogScope } from '../scope/scope';
import type { CompiledScopeOptions } from '../scope/options';
import type { ApplicationLogs } from './application-logs';
import { routeOptions } from './log-if-errors.metadata';
import { messageHeaders } from './message-headers';
import type { MessageTransport } from './message-transports';

/** Where a handler stands, as Nest registers it. */
export interface HandlerPlace {
  readonly instance: object;
  readonly callback: object;
}

/** Handlers may listen to several patterns; the first names them. */
function patternOf({ instance, callback }: HandlerPlace, key: string): string {
  const declared: unknown = Reflect.getMetadata(key, callback);
  const pattern: unknown = Array.isArray(declared) ? declared[0] : declared;
  if (typeof pattern === 'string') return pattern;
  if (pattern !== undefined) return JSON.stringify(pattern);
  return `${instance.constructor.name}.${String(Reflect.get(callback, 'name'))}`;
}

export class MessageRoute {
  readonly pattern: string;
  readonly #place: HandlerPlace;
  readonly #logs: ApplicationLogs;
  readonly #transport: MessageTransport;

  constructor(place: HandlerPlace, logs: ApplicationLogs, transport: MessageTransport) {
    this.pattern = patternOf(place, transport.pattern);
    this.#place = place;
    this.#logs = logs;
    this.#transport = transport;
  }

  /** The scope of one message; undefined where the options exclude it. */
  open(args: readonly unknown[], options: CompiledScopeOptions): LogScope | undefined {
    const { kind, contextAt } = this.#transport;
    const headers = messageHeaders(contextAt === undefined ? undefined : args[contextAt]);
    const message = { kind, pattern: this.pattern, headers };
    const scope = openMessageScope(message, { options, tree: this.#logs.tree });
    if (scope === undefined) return undefined;
    const { instance, callback } = this.#place;
    scope.routeHandler = callback;
    // Known before the guards run, unlike those of an HTTP route.
    const own = routeOptions(instance.constructor, callback, options);
    if (own !== undefined) scope.configure(own);
    return scope;
  }
}
