/** The messages of Nest's transports: where Nest handles them, their headers, and the scopes that are opened for them. */
import { openMessageScope } from '../../scope/message';
import type { CompiledScopeOptions } from '../../scope/options';
import type { LogScope } from '../../scope/scope';
import type { ApplicationLogs } from '../application/application-logs';
import { routeOptions } from '../decorators/route-options';

/** One package of Nest. Its classes are loaded by name, because not every application has the package. */
export interface MessageTransport {
  readonly kind: 'rpc' | 'ws';
  readonly file: string;
  /** The class that combines a handler with its guards, pipes, interceptors and filters. */
  readonly creator: string;
  /** Its property whose `create` adds the filters. */
  readonly proxy: string;
  /** Creates the handlers of request-scoped classes. `methodAt` is the index of the argument with the method's name. */
  readonly instances: { readonly file: string; readonly controller: string; readonly methodAt: number };
  /** Takes the answer of a handler and sends it. */
  readonly answers: { readonly file: string; readonly name: string };
  /** The metadata key of the patterns that a handler listens to. */
  readonly pattern: string;
  /** The index of the handler's argument with the context of the message, which has its headers. Undefined: no headers. */
  readonly contextAt: number | undefined;
}

export const MESSAGE_TRANSPORTS: readonly MessageTransport[] = [
  {
    kind: 'rpc',
    file: '@nestjs/microservices/context/rpc-context-creator.js',
    creator: 'RpcContextCreator',
    proxy: 'rpcProxy',
    instances: {
      file: '@nestjs/microservices/listeners-controller.js',
      controller: 'ListenersController',
      methodAt: 4,
    },
    answers: { file: '@nestjs/microservices/server/server.js', name: 'Server' },
    pattern: 'microservices:pattern',
    contextAt: 1,
  },
  {
    kind: 'ws',
    file: '@nestjs/websockets/context/ws-context-creator.js',
    creator: 'WsContextCreator',
    proxy: 'wsProxy',
    instances: {
      file: '@nestjs/websockets/web-sockets-controller.js',
      controller: 'WebSocketsController',
      methodAt: 3,
    },
    answers: { file: '@nestjs/websockets/web-sockets-controller.js', name: 'WebSocketsController' },
    pattern: 'message',
    // An event has no headers. Those of the handshake belong to the connection.
    contextAt: undefined,
  },
];

const NONE: Readonly<Record<string, string>> = {};

/** `context[method]()`, or undefined if there is no such method. */
function ask(context: object, method: string): unknown {
  const ask: unknown = Reflect.get(context, method);
  return typeof ask === 'function' ? (Reflect.apply(ask, context, []) as unknown) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Kafka: the headers of the message. RabbitMQ: the headers in its properties. */
function headersOf(message: unknown): unknown {
  if (!isObject(message)) return undefined;
  const properties: unknown = Reflect.get(message, 'properties');
  return isObject(properties) ? Reflect.get(properties, 'headers') : Reflect.get(message, 'headers');
}

/** MQTT 5: the user properties of the packet. */
function userPropertiesOf(packet: unknown): unknown {
  const properties: unknown = isObject(packet) ? Reflect.get(packet, 'properties') : undefined;
  return isObject(properties) ? Reflect.get(properties, 'userProperties') : undefined;
}

/** TCP and Redis (Nest 12): the metadata of the packet. gRPC: the Metadata. NATS: its headers, which are iterable. */
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

/** The headers of a message whose values are strings, by lower-case name. Malformed headers are ignored. */
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
    // A client can send anything. The handler must still get its message.
    return NONE;
  }
}

/** A handler as Nest registers it. */
export interface HandlerPlace {
  readonly instance: object;
  readonly callback: object;
}

/** The first pattern of a handler; without patterns, `Class.method`. */
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

  /** Opens the scope of one message; undefined if the options exclude the message. */
  open(args: readonly unknown[], options: CompiledScopeOptions): LogScope | undefined {
    const { kind, contextAt } = this.#transport;
    const headers = messageHeaders(contextAt === undefined ? undefined : args[contextAt]);
    const message = { kind, pattern: this.pattern, headers };
    const scope = openMessageScope(message, { options, tree: this.#logs.tree });
    if (scope === undefined) return undefined;
    const { instance, callback } = this.#place;
    scope.routeHandler = callback;
    // Unlike the options of an HTTP route, these are known before the guards run.
    const own = routeOptions(instance.constructor, callback, options);
    if (own !== undefined) scope.configure(own);
    return scope;
  }
}
