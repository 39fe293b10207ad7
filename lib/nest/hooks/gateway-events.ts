/** Opens a scope for each `afterInit`, `handleConnection` and `handleDisconnect` of a gateway. */
import { runToEnd } from '../../scope/call';
import type { LogScope } from '../../scope/scope';
import type { ApplicationLogs } from '../application/application-logs';
import { applications } from '../application/applications';
import { MessageRoute, type MessageTransport } from '../messages/message-route';
import { watchingFilters } from './request-scoped-handlers';
import { wrapMethod } from './wrap-method';

type Handle = (...args: unknown[]) => unknown;

/** What we need of Nest's WebSocketsController. */
interface GatewayController {
  subscribeEvents?(...args: unknown[]): unknown;
  /** Since Nest 12: creates the handler of a gateway that is instantiated for each connection. */
  createRequestScopedEventHandler?(...args: unknown[]): unknown;
  readonly contextCreator?: {
    readonly guardsContextCreator?: { readonly container?: { getModules(): object } };
  };
}

/** What is needed to open scopes. */
export interface GatewayScopes {
  readonly logs: ApplicationLogs;
  readonly options: LogScope['options'];
  readonly transport: MessageTransport;
}

const EVENTS = ['afterInit', 'handleConnection', 'handleDisconnect'] as const;
/** Nest 11 passes three arguments to `subscribeEvents`. Nest 12 also passes the handlers that it has created. */
const WITHOUT_HANDLERS = 3;

/** The event handlers of one gateway. @internal */
export class GatewayEvents {
  readonly #instance: object;
  readonly #scopes: GatewayScopes;

  constructor(instance: object, scopes: GatewayScopes) {
    this.#instance = instance;
    this.#scopes = scopes;
  }

  /** The same gateway, with handlers that open scopes. */
  get gateway(): object {
    const own = EVENTS.filter((event) => this.#methodOf(event) !== undefined).map((event) => {
      const handle: Handle = (...args) =>
        Reflect.apply(this.#methodOf(event) as Handle, this.#instance, args);
      return [event, { value: this.#scoped(event, handle) }] as const;
    });
    return Object.create(this.#instance, Object.fromEntries(own)) as object;
  }

  /** A handler that Nest has created, in a scope. Nest creates one also for a gateway that has no method for the event. */
  scopedHandler(event: (typeof EVENTS)[number], handle: unknown): unknown {
    return typeof handle === 'function' ? this.#scoped(event, handle as Handle) : handle;
  }

  #methodOf(event: string): object | undefined {
    return Reflect.get(this.#instance, event) as object | undefined;
  }

  #scoped(event: string, handle: Handle): Handle {
    const { logs, options, transport } = this.#scopes;
    const callback = this.#methodOf(event) ?? { name: event };
    const route = new MessageRoute({ instance: this.#instance, callback }, logs, transport);
    return (...args) => {
      const scope = route.open(args, options);
      return scope === undefined ? handle(...args) : runToEnd(scope, () => handle(...args));
    };
  }
}

/** In Nest 12, the first argument is an object that has the gateway as `instance`. */
function scopedArguments(args: readonly unknown[], scopes: GatewayScopes): unknown[] {
  const [given, messages, server, connect, disconnect, ...rest] = args;
  if (args.length <= WITHOUT_HANDLERS)
    return [new GatewayEvents(Object(given) as object, scopes).gateway, messages, server];
  const events = new GatewayEvents(Object(Reflect.get(Object(given), 'instance')) as object, scopes);
  return [
    { instance: events.gateway },
    messages,
    server,
    events.scopedHandler('handleConnection', connect),
    events.scopedHandler('handleDisconnect', disconnect),
    ...rest,
  ];
}

/** Wraps the methods of a controller that handles the events of gateways. @internal */
export function hookGatewayEvents(prototype: GatewayController, transport: MessageTransport): void {
  const handlesEvents = wrapMethod(prototype, 'subscribeEvents', (subscribe, controller, args) => {
    const logs = applications.ofContainer(controller.contextCreator?.guardsContextCreator?.container);
    const options = logs?.options.scope;
    if (logs === undefined || options === undefined) return subscribe.apply(controller, args);
    return subscribe.apply(controller, scopedArguments(args, { logs, options, transport }));
  });
  if (!handlesEvents) return;
  wrapMethod(prototype, 'createRequestScopedEventHandler', (create, controller, args) =>
    create.apply(watchingFilters(controller), args),
  );
}
