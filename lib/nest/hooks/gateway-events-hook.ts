/** Gives each `afterInit`, `handleConnection` and `handleDisconnect` of a gateway a scope of its own. */
import type { ApplicationLogs } from '../application-logs';
import { GatewayEvents, type GatewayScopes } from './gateway-events';
import { liveApplications } from '../live-applications';
import { watchingFilters } from './request-scoped-handlers';
import type { MessageTransport } from '../message-transports';

/** What is used of Nest's WebSocketsController. */
interface GatewayController {
  subscribeEvents?(...args: unknown[]): unknown;
  /** From Nest 12.1 on: makes the handler of a gateway that is made for each connection. */
  createRequestScopedEventHandler?(...args: unknown[]): unknown;
  readonly contextCreator?: {
    readonly guardsContextCreator?: { readonly container?: { getModules(): object } };
  };
}

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/gateway-events-hook');

/** With more arguments of `subscribeEvents` than these, the handlers are among them. */
const WITHOUT_HANDLERS = 3;

function logsOf({ contextCreator }: GatewayController): ApplicationLogs | undefined {
  const modules = contextCreator?.guardsContextCreator?.container?.getModules();
  return modules === undefined ? liveApplications.newest : liveApplications.ofModules(modules);
}

/** From Nest 12.1 on, what stands for the gateway has it as `instance`, and Nest has made the handlers already. */
function scopedArguments(args: readonly unknown[], scopes: GatewayScopes): unknown[] {
  const [given, messages, server, connect, disconnect, ...rest] = args;
  if (args.length <= WITHOUT_HANDLERS)
    return [new GatewayEvents(Object(given) as object, scopes).gateway, messages, server];
  const events = new GatewayEvents(Object(Reflect.get(Object(given), 'instance')) as object, scopes);
  return [
    { instance: events.gateway },
    messages,
    server,
    events.made('handleConnection', connect),
    events.made('handleDisconnect', disconnect),
    ...rest,
  ];
}

/** Wraps the methods of a prototype that has them, once. @internal */
export function hookGatewayEvents(
  prototype: GatewayController & { [HOOKED]?: true },
  transport: MessageTransport,
): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the controller's own `this`
  const { subscribeEvents, createRequestScopedEventHandler } = prototype;
  if (prototype[HOOKED] === true || subscribeEvents === undefined) return;
  prototype[HOOKED] = true;
  prototype.subscribeEvents = function subscribeInScopes(this: GatewayController, ...args) {
    const logs = logsOf(this);
    const options = logs?.options.scope;
    if (logs === undefined || options === undefined) return subscribeEvents.apply(this, args);
    return subscribeEvents.apply(this, scopedArguments(args, { logs, options, transport }));
  };
  if (createRequestScopedEventHandler === undefined) return;
  prototype.createRequestScopedEventHandler = function createWatched(this: GatewayController, ...args) {
    return createRequestScopedEventHandler.apply(watchingFilters(this), args);
  };
}
