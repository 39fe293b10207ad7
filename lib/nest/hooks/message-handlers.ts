/** Opens a scope for each message of microservices and gateways, around its guards, pipes, interceptors and filters. */
import type { Observable } from 'rxjs';
import { diagnostics } from '../../core/diagnostics';
import { resolveBeside } from '../../internal/optional-peer';
import type { LogScope } from '../../scope/scope';
import { applications } from '../application/applications';
import { handleMessage, inScopeOf } from '../messages/message-answers';
import { MESSAGE_TRANSPORTS, MessageRoute, type MessageTransport } from '../messages/message-route';
import { nest } from '../nest';
import { failThenFilter } from './errors';
import { hookGatewayEvents } from './gateway-events';
import { hookRequestScopedHandlers, takeWaiting } from './request-scoped-handlers';
import { wrapMethod } from './wrap-method';

type Handle = (...args: unknown[]) => unknown;

/** What we need of Nest's RpcExceptionsHandler and WsExceptionsHandler. */
interface Filters {
  handle(error: unknown, ...rest: unknown[]): unknown;
}

/** What we need of Nest's RpcProxy and WsProxy. */
interface FilterProxy {
  create(target: Handle, filters: Filters, ...rest: unknown[]): Handle;
}

/** What we need of Nest's RpcContextCreator and WsContextCreator. */
interface ContextCreator {
  create(instance: object, callback: object, ...rest: unknown[]): Handle;
  readonly guardsContextCreator?: { readonly container?: { getModules(): object } };
}

/** The same filters. The scope gets the Error before they do, and they run in the scope. */
function watched(filters: Filters, scope: LogScope): Filters {
  return {
    handle: (error, ...rest) => failThenFilter(scope, error, () => filters.handle(error, ...rest)),
  };
}

/** The same proxy. The handlers that it creates run in scopes. */
function scopedProxy(proxy: FilterProxy, route: MessageRoute, options: LogScope['options']): FilterProxy {
  return {
    create: (target, filters, ...rest) => {
      const plain = proxy.create(target, filters, ...rest);
      return (...args) => {
        const waiting = takeWaiting();
        const scope = waiting ?? route.open(args, options);
        if (scope === undefined) return plain(...args);
        const handle = proxy.create(target, watched(filters, scope), ...rest);
        if (waiting !== undefined) return handle(...args);
        return handleMessage(scope, () => handle(...args));
      };
    },
  };
}

/** The same creator with a proxy for one handler; undefined if the messages get no scope. */
function scopedCreator(
  creator: ContextCreator,
  place: { readonly instance: object; readonly callback: object },
  transport: MessageTransport,
): ContextCreator | undefined {
  const logs = applications.ofContainer(creator.guardsContextCreator?.container);
  const proxy = Reflect.get(creator, transport.proxy) as FilterProxy | undefined;
  if (logs?.options.scope === undefined) return undefined;
  if (proxy === undefined) {
    const what = 'they get no scope: this release of Nest is not supported';
    diagnostics.report({ source: `messages (${transport.kind})`, what });
    return undefined;
  }
  const value = scopedProxy(proxy, new MessageRoute(place, logs, transport), logs.options.scope);
  return Object.create(creator, { [transport.proxy]: { value } }) as ContextCreator;
}

/**
 * Wraps the method that creates the handler of a message. Nest 12 has a hook before the guards of microservices, but it is
 * not called in a hybrid application that does not inherit its configuration. Nest 11 and gateways have none.
 */
function hookCreator(prototype: ContextCreator, transport: MessageTransport): void {
  wrapMethod(prototype, 'create', (create, creator, args) => {
    const [instance, callback] = args;
    const scoped = scopedCreator(creator, { instance, callback }, transport);
    return create.apply(scoped ?? creator, args);
  });
}

/** What we need of Nest's Server, the base of the microservice transports, and of its WebSocketsController. */
interface AnswerSender {
  transformToObservable?(answer: unknown): Observable<unknown>;
  pickResult?(answer: unknown): Promise<Observable<unknown>>;
}

/** Wraps the method that takes the answer of a handler. Each of the two prototypes has one of them. */
function hookAnswers(prototype: AnswerSender): void {
  wrapMethod(prototype, 'transformToObservable', (transform, sender, args) =>
    inScopeOf(args[0], transform.apply(sender, args)),
  );
  wrapMethod(prototype, 'pickResult', async (pick, sender, args) =>
    inScopeOf(await args[0], await pick.apply(sender, args)),
  );
}

/** The prototype of a class in a loaded file; undefined if its package is not installed. */
function prototypeOf(loaded: unknown, name: string): object | undefined {
  const found = (
    loaded as Readonly<Record<string, { readonly prototype: object } | undefined>> | undefined
  )?.[name];
  return found?.prototype;
}

/** Installs all hooks for the messages of one transport. */
async function hookTransport(transport: MessageTransport, load: (file: string) => unknown): Promise<void> {
  const creator = prototypeOf(await load(transport.file), transport.creator);
  if (creator === undefined) return;
  hookCreator(creator as ContextCreator, transport);
  const { instances, answers } = transport;
  const controller = prototypeOf(await load(instances.file), instances.controller);
  if (controller !== undefined) {
    hookRequestScopedHandlers(controller, transport, instances.methodAt);
    hookGatewayEvents(controller, transport);
  }
  const sender = prototypeOf(await load(answers.file), answers.name);
  if (sender !== undefined) hookAnswers(sender);
}

/** Installs the hooks for every installed transport. */
export async function installMessageHooks(load: (file: string) => unknown = loadFromNest): Promise<void> {
  for (const transport of MESSAGE_TRANSPORTS) {
    try {
      await hookTransport(transport, load);
    } catch (error) {
      const what = `messages (${transport.kind}) get no scope`;
      diagnostics.report({ source: 'LoggingModule', what, error });
    }
  }
}

/** Loads the file that Nest's core would load. This works with every package manager. */
async function loadFromNest(file: string): Promise<unknown> {
  const path = resolveBeside('@nestjs/core', file);
  return path === undefined ? undefined : nest().loadFile(path);
}
