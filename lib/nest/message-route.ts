/** One handler of messages: what its scopes are opened with. */
import { openMessageScope } from '../scope/message';
import type { CompiledScopeOptions } from '../scope/options';
import type { LogScope } from '../scope/scope';
import type { ApplicationLogs } from './application-logs';
import { routeOptions } from './log-if-errors.metadata';
import type { MessageTransport } from './message-transports';

const NONE: Readonly<Record<string, string>> = {};

/** `context[method]()`, where there is such a method. */
function ask(context: object, method: string): unknown {
  const ask: unknown = Reflect.get(context, method);
  return typeof ask === 'function' ? (Reflect.apply(ask, context, []) as unknown) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Kafka: headers of the message. RabbitMQ: those among its properties. */
function headersOf(message: unknown): unknown {
  if (!isObject(message)) return undefined;
  const properties: unknown = Reflect.get(message, 'properties');
  return isObject(properties) ? Reflect.get(properties, 'headers') : Reflect.get(message, 'headers');
}

/** MQTT 5: user properties of the packet. */
function userPropertiesOf(packet: unknown): unknown {
  const properties: unknown = isObject(packet) ? Reflect.get(packet, 'properties') : undefined;
  return isObject(properties) ? Reflect.get(properties, 'userProperties') : undefined;
}

/** TCP and Redis (Nest 12): metadata of the packet. gRPC: the Metadata itself. NATS: its headers, which are iterable. */
function carrierOf(context: object): unknown {
  return (
    ask(context, 'getMetadata') ??
    ask(context, 'getMap') ??
    ask(context, 'getHeaders') ??
    headersOf(ask(context, 'getMessage')) ??
    userPropertiesOf(ask(context, 'getPacket'))
  );
}

/** NATS has a list of values for each name. */
function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

/** The texts among what came with a message, by name in lower case; whatever is malformed counts as not there. */
export function messageHeaders(context: unknown): Readonly<Record<string, string>> {
  if (!isObject(context)) return NONE;
  try {
    const carrier = carrierOf(context);
    if (!isObject(carrier)) return NONE;
    const entries =
      Symbol.iterator in carrier ? [...(carrier as Iterable<[string, unknown]>)] : Object.entries(carrier);
    const texts = entries
      .map(([name, value]) => [name.toLowerCase(), firstOf(value)] as const)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return Object.fromEntries(texts);
  } catch {
    // A client can send anything; it must not keep the handler from its message.
    return NONE;
  }
}

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
