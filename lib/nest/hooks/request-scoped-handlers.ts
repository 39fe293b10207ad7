/** Opens the scope of a message before the request-scoped class that handles it is instantiated, which may fail. */
import type { LogScope } from '../../scope/log-scope';
import { currentScope } from '../../scope/scope-storage';
import { liveApplications } from '../live-applications';
import { MessageRoute } from '../message-route';
import type { MessageTransport } from '../message-transports';
import { runMessage } from '../run-message';

type Handle = (...args: unknown[]) => unknown;

/** A handler of events; Nest hangs the next one for the same event on it. */
interface ChainedHandle extends Handle {
  next?: unknown;
}

interface FiltersContext {
  create(...args: unknown[]): { handle: Handle };
}

/** What is used of Nest's ListenersController and WebSocketsController. */
interface HandlerController {
  createRequestScopedHandler?(...args: unknown[]): ChainedHandle;
  readonly container?: { getModules(): object };
  readonly exceptionFiltersContext?: FiltersContext;
}

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/message-instances-hook');

/** Scopes whose handler is not made yet. */
const waiting = new WeakSet<LogScope>();

/** The scope that was opened for the handler that is called now; it is taken once. */
export function takeWaiting(): LogScope | undefined {
  const scope = currentScope();
  return scope !== undefined && waiting.delete(scope) ? scope : undefined;
}

/** The same controller; the filters that it calls when a class cannot be instantiated mark the Error first. */
export function watchingFilters<T extends object>(controller: T): T {
  const filters = Reflect.get(controller, 'exceptionFiltersContext') as FiltersContext | undefined;
  if (filters === undefined) return controller;
  const create = (...args: unknown[]): { handle: Handle } => {
    const made = filters.create(...args);
    return {
      handle: (error, ...rest) => {
        currentScope()?.fail(error);
        return made.handle(error, ...rest);
      },
    };
  };
  return Object.create(controller, { exceptionFiltersContext: { value: { create } } }) as T;
}

/** The handler in a scope of its own for each message. */
function scopedHandle(
  inner: ChainedHandle,
  route: MessageRoute,
  options: LogScope['options'],
): ChainedHandle {
  const outer: ChainedHandle = (...args) => {
    const scope = route.open(args, options);
    if (scope === undefined) return inner(...args);
    waiting.add(scope);
    return runMessage(scope, { path: route.pattern }, () => inner(...args));
  };
  // The inner one looks for it on itself.
  Object.defineProperty(outer, 'next', {
    get: () => inner.next,
    set: (next: unknown) => {
      inner.next = next;
    },
  });
  return outer;
}

/** Wraps `createRequestScopedHandler` of a prototype that has it, once. @internal */
export function hookInstances(controller: object, transport: MessageTransport, methodAt: number): void {
  const prototype = controller as HandlerController & { [HOOKED]?: true };
  // eslint-disable-next-line typescript/unbound-method -- called with the controller's own `this`
  const create = prototype.createRequestScopedHandler;
  if (prototype[HOOKED] === true || create === undefined) return;
  prototype[HOOKED] = true;
  prototype.createRequestScopedHandler = function createWithHindsight(this: HandlerController, ...args) {
    const modules = this.container?.getModules();
    const logs = modules === undefined ? undefined : liveApplications.ofModules(modules);
    const instance = Reflect.get(Object(args[0]), 'instance') as object | undefined;
    const callback = instance && (Reflect.get(instance, String(args[methodAt])) as object | undefined);
    if (logs?.options.scope === undefined || instance === undefined || callback === undefined)
      return create.apply(this, args);
    const route = new MessageRoute({ instance, callback }, logs, transport);
    return scopedHandle(create.apply(watchingFilters(this), args), route, logs.options.scope);
  };
}
