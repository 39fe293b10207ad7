/** Gives each message of microservices and gateways its scope, around its guards, pipes, interceptors and filters. */
import { diagnostics } from '../../core/diagnostics';
import { contextStorage } from '../../core/record-context';
import { resolveBeside } from '../../internal/optional-peer';
import type { LogScope } from '../../scope/log-scope';
import { hookAnswers } from './answers-hook';
import { hookGatewayEvents } from './gateway-events-hook';
import { liveApplications } from '../live-applications';
import { MessageRoute } from '../message-route';
import { MESSAGE_TRANSPORTS, type MessageTransport } from '../message-transports';
import { hookInstances, takeWaiting } from './request-scoped-handlers';
import { nest } from '../nest';
import { runMessage } from '../run-message';

type Handle = (...args: unknown[]) => unknown;

/** What is used of Nest's RpcExceptionsHandler and WsExceptionsHandler. */
interface Filters {
  handle(error: unknown, ...rest: unknown[]): unknown;
}

/** What is used of Nest's RpcProxy and WsProxy. */
interface FilterProxy {
  create(target: Handle, filters: Filters, ...rest: unknown[]): Handle;
}

/** What is used of Nest's RpcContextCreator and WsContextCreator. */
interface ContextCreator {
  create(instance: object, callback: object, ...rest: unknown[]): Handle;
  readonly guardsContextCreator?: { readonly container?: { getModules(): object } };
}

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/messages-hook');

/** The same filters; they run in the scope, and what they are given is marked in it before. */
function watched(filters: Filters, scope: LogScope): Filters {
  return {
    handle: (error, ...rest) => {
      scope.fail(error);
      return contextStorage.run(scope, () => filters.handle(error, ...rest));
    },
  };
}

/** Puts the scope around what Nest's own proxy makes of a handler. */
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
        return runMessage(scope, { path: route.pattern }, () => handle(...args));
      };
    },
  };
}

/** The creator for one handler: the same but for the proxy; undefined where nothing is to be held back. */
function scopedCreator(
  creator: ContextCreator,
  place: { readonly instance: object; readonly callback: object },
  transport: MessageTransport,
): ContextCreator | undefined {
  const modules = creator.guardsContextCreator?.container?.getModules();
  const logs = modules === undefined ? liveApplications.newest : liveApplications.ofModules(modules);
  const proxy = Reflect.get(creator, transport.proxy) as FilterProxy | undefined;
  if (logs?.options.scope === undefined) return undefined;
  if (proxy === undefined) {
    const what = 'they get no scope: this release of Nest is not known';
    diagnostics.report({ source: `messages (${transport.kind})`, what });
    return undefined;
  }
  const value = scopedProxy(proxy, new MessageRoute(place, logs, transport), logs.options.scope);
  return Object.create(creator, { [transport.proxy]: { value } }) as ContextCreator;
}

/**
 * Wraps `create` of a prototype, once. Nest 12 has a hook before the guards of microservices; it is not reached
 * in a hybrid application that does not inherit its configuration, and neither Nest 11 nor gateways have one.
 *
 * @internal
 */
export function hookCreator(
  prototype: ContextCreator & { [HOOKED]?: true },
  transport: MessageTransport,
): void {
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  // eslint-disable-next-line typescript/unbound-method -- called with the creator's own `this`
  const create = prototype.create;
  prototype.create = function createWithHindsight(this: ContextCreator, ...args): Handle {
    const [instance, callback] = args;
    const scoped = scopedCreator(this, { instance, callback }, transport);
    return create.apply(scoped ?? this, args);
  };
}

/** A class of a package of Nest; undefined where the package is not installed. */
function prototypeOf(loaded: unknown, name: string): object | undefined {
  const found = (
    loaded as Readonly<Record<string, { readonly prototype: object } | undefined>> | undefined
  )?.[name];
  return found?.prototype;
}

/** Everything that handles the messages of one transport. */
async function hookTransport(transport: MessageTransport, load: (file: string) => unknown): Promise<void> {
  const creator = prototypeOf(await load(transport.file), transport.creator);
  if (creator === undefined) return;
  hookCreator(creator as ContextCreator, transport);
  const { instances, answers } = transport;
  const controller = prototypeOf(await load(instances.file), instances.controller);
  if (controller !== undefined) {
    hookInstances(controller, transport, instances.methodAt);
    hookGatewayEvents(controller, transport);
  }
  const answering = prototypeOf(await load(answers.file), answers.name);
  if (answering !== undefined) hookAnswers(answering);
}

/** Does so for each transport that is installed, from the making of a request-scoped handler to the sending of the answer. */
export async function installMessagesHook(load: (file: string) => unknown = loadFromNest): Promise<void> {
  for (const transport of MESSAGE_TRANSPORTS) {
    try {
      await hookTransport(transport, load);
    } catch (error) {
      const what = `messages (${transport.kind}) get no scope`;
      diagnostics.report({ source: 'LoggingModule', what, error });
    }
  }
}

/** Nest's core finds these packages where the application has them, whatever the package manager. */
async function loadFromNest(file: string): Promise<unknown> {
  const path = resolveBeside('@nestjs/core', file);
  return path === undefined ? undefined : nest().loadFile(path);
}
