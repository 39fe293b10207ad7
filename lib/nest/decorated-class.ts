/** Wraps the methods of a class so that each of their calls is a unit of work. */
import type { LogScopeOptions } from '../scope/options';
import { decorateMethod } from './decorated-method';
import { ownRouteOptions } from './log-if-errors.metadata';

type Class = new (...args: never[]) => unknown;

/** Metadata of methods that a request, a message or a query leads to: their scope is that of the request. */
const ROUTES = [
  'path',
  'microservices:pattern',
  'websockets:message_mapping',
  'graphql:resolver_type',
  'graphql:resolve_reference',
];
/** Of methods that are called by a timer or by an event, also in a controller: @nestjs/schedule and @nestjs/event-emitter. */
const JOBS = ['SCHEDULER_TYPE', 'EVENT_LISTENER_METADATA'];
const CONTROLLER = '__controller__';

function hasAny(target: object, keys: readonly string[]): boolean {
  return keys.some((key) => Reflect.hasMetadata(key, target));
}

/** Methods by name: own ones, and those inherited ones that a framework will call on the class. */
function methodsOf(type: Class): Map<string, PropertyDescriptor> {
  const methods = new Map<string, PropertyDescriptor>();
  const own = type.prototype as object;
  for (let at: object | null = own; at !== null && at !== Object.prototype;) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const { value } = descriptor as { value?: unknown };
      if (methods.has(name) || name === 'constructor' || typeof value !== 'function') continue;
      // An inherited one with a decorator of its own, or of its own class, is wrapped already.
      if (at === own || (hasAny(value, JOBS) && !isWrapped(at, value))) methods.set(name, descriptor);
    }
    at = Object.getPrototypeOf(at) as object | null;
  }
  return methods;
}

function isWrapped(prototype: object, method: object): boolean {
  return ownRouteOptions(method) !== undefined || ownRouteOptions(prototype.constructor) !== undefined;
}

function given(options: LogScopeOptions): LogScopeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Wraps what is called from outside: of a class with routes only the methods that a timer or an event calls, of any other
 * class all methods. A method that opted out is left as it is, and a method's own options go before the class's.
 */
export function decorateClass(type: Class, options: LogScopeOptions): void {
  const methods = methodsOf(type);
  const prototype = type.prototype as object;
  const isRouted =
    Reflect.hasMetadata(CONTROLLER, type) ||
    [...methods.values()].some(({ value }) => hasAny(value as object, ROUTES));
  for (const [name, descriptor] of methods) {
    const own = ownRouteOptions(descriptor.value as object);
    if (own === false || (isRouted && !hasAny(descriptor.value as object, JOBS))) continue;
    decorateMethod(prototype, name, descriptor, { ...options, ...given(own ?? {}) });
    Object.defineProperty(prototype, name, descriptor);
  }
}
