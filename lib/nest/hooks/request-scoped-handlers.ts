/** Opens the scope of a message before Nest instantiates the request-scoped class that handles it, which may fail. */
import type { LogScope } from '../../scope/scope';
import { currentScope } from '../../scope/current';
import { applications } from '../application/applications';
import { MessageRoute, type MessageTransport } from '../messages/message-route';
import { handleMessage } from '../messages/message-answers';
import { failThenFilter } from './errors';
import { wrapMethod } from './wrap-method';

type Handle = (...args: unknown[]) => unknown;

/** An event handler. Nest stores the next handler of the same event in its property `next`. */
interface ChainedHandle extends Handle {
  next?: unknown;
}

interface FiltersContext {
  create(...args: unknown[]): { handle: Handle };
}

/** What we need of Nest's ListenersController and WebSocketsController. */
interface HandlerController {
  createRequestScopedHandler?(...args: unknown[]): ChainedHandle;
  readonly container?: { getModules(): object };
  readonly exceptionFiltersContext?: FiltersContext;
}

/** Scopes whose handler is not instantiated yet. */
const waiting = new WeakSet<LogScope>();

/** The scope that was opened for the handler that is called now. It is returned once. */
export function takeWaiting(): LogScope | undefined {
  const scope = currentScope();
  return scope !== undefined && waiting.delete(scope) ? scope : undefined;
}

/** The same controller. If a class cannot be instantiated, the scope gets the Error before the filters do. */
export function watchingFilters<T extends object>(controller: T): T {
  const filters = Reflect.get(controller, 'exceptionFiltersContext') as FiltersContext | undefined;
  if (filters === undefined) return controller;
  const create = (...args: unknown[]): { handle: Handle } => {
    const made = filters.create(...args);
    return {
      handle: (error, ...rest) => failThenFilter(currentScope(), error, () => made.handle(error, ...rest)),
    };
  };
  return Object.create(controller, { exceptionFiltersContext: { value: { create } } }) as T;
}

/** The same handler; each message opens a scope. */
function scopedHandle(
  inner: ChainedHandle,
  route: MessageRoute,
  options: LogScope['options'],
): ChainedHandle {
  const outer: ChainedHandle = (...args) => {
    const scope = route.open(args, options);
    if (scope === undefined) return inner(...args);
    waiting.add(scope);
    return handleMessage(scope, () => inner(...args));
  };
  // Nest sets `next` on the outer handler, and the inner one reads it from itself.
  Object.defineProperty(outer, 'next', {
    get: () => inner.next,
    set: (next: unknown) => {
      inner.next = next;
    },
  });
  return outer;
}

/** Wraps the method that creates handlers of request-scoped classes. @internal */
export function hookRequestScopedHandlers(
  prototype: HandlerController,
  transport: MessageTransport,
  methodAt: number,
): void {
  wrapMethod(prototype, 'createRequestScopedHandler', (create, controller, args) => {
    const logs = applications.ofContainer(controller.container);
    const instance = Reflect.get(Object(args[0]), 'instance') as object | undefined;
    const callback = instance && (Reflect.get(instance, String(args[methodAt])) as object | undefined);
    if (logs?.options.scope === undefined || instance === undefined || callback === undefined)
      return create.apply(controller, args);
    const route = new MessageRoute({ instance, callback }, logs, transport);
    return scopedHandle(create.apply(watchingFilters(controller), args), route, logs.options.scope);
  });
}
