/** Wraps methods, one or all of a class, so that each call is a unit of work. */
import { ConfigurationError } from '../../errors';
import { openCallScope, runAndNote, runToEnd } from '../../scope/call';
import { compileScopeOptions } from '../../scope/compile-options';
import { currentScope } from '../../scope/current';
import type { CompiledScopeOptions, LogScopeOptions } from '../../scope/options';
import { applications } from '../application/applications';
import { mergeOptions, ownRouteOptions } from './route-options';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const defaults = compileScopeOptions({});
/** The original method of each wrapper. A method that its class decorates once more still opens one scope for a call. */
const originals = new WeakMap<Method, Method>();
const forCalls = new WeakMap<CompiledScopeOptions, CompiledScopeOptions>();

/** Calls inherit the request's options except `sample` and `slowMs`. */
function baseForCall(options: CompiledScopeOptions): CompiledScopeOptions {
  let base = forCalls.get(options);
  if (base === undefined) forCalls.set(options, (base = { ...options, sample: 0, slowMs: 0 }));
  return base;
}

function nameOf(target: object, key: string | symbol): string {
  const owner = typeof target === 'function' ? target.name : target.constructor.name;
  return `${owner}.${String(key)}`;
}

/** Copies name, length and metadata: frameworks find a method by its metadata, pipes by name and length. */
function copyIdentity(wrapper: Method, method: Method): void {
  for (const name of ['name', 'length'] as const) {
    Object.defineProperty(wrapper, name, { value: method[name], configurable: true });
  }
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
  }
}

/**
 * Replaces the method. If the method is the handler of the current request, an Error fails the scope of the request;
 * otherwise the call opens a scope inside the current one.
 *
 * @throws ConfigurationError if it is not a method.
 */
export function decorateMethod(
  target: object,
  key: string | symbol,
  ...[descriptor, options]: [PropertyDescriptor, LogScopeOptions]
): void {
  const method = descriptor.value as Method | undefined;
  const title = nameOf(target, key);
  if (typeof method !== 'function') throw new ConfigurationError(`@LogIfErrors: ${title} is not a method.`);
  const inner = originals.get(method) ?? method;
  const wrapper: Method = function (...args) {
    const call = (): unknown => inner.apply(this, args);
    const around = currentScope();
    if (around !== undefined && around.routeHandler === wrapper) return runAndNote(around, call);
    const application = applications.newest;
    const base = around?.options ?? application?.options.scope ?? defaults;
    const place = {
      options: mergeOptions(options, baseForCall(base)),
      tree: around?.tree ?? application?.tree,
    };
    return runToEnd(openCallScope(place, { title }), call);
  };
  copyIdentity(wrapper, method);
  originals.set(wrapper, inner);
  descriptor.value = wrapper;
}

type Class = new (...args: never[]) => unknown;

/** Metadata of methods that handle a request, a message or a query. They run in the scope of the request. */
const ROUTES = [
  'path',
  'microservices:pattern',
  'websockets:message_mapping',
  'graphql:resolver_type',
  'graphql:resolve_reference',
];
/** Metadata of methods that a timer or an event calls: @nestjs/schedule and @nestjs/event-emitter. */
const JOBS = ['SCHEDULER_TYPE', 'EVENT_LISTENER_METADATA'];
const CONTROLLER = '__controller__';

function hasAny(target: object, keys: readonly string[]): boolean {
  return keys.some((key) => Reflect.hasMetadata(key, target));
}

/** The class's own methods by name, and the inherited ones that a framework calls on the class. */
function methodsOf(type: Class): Map<string, PropertyDescriptor> {
  const methods = new Map<string, PropertyDescriptor>();
  const own = type.prototype as object;
  for (let at: object | null = own; at !== null && at !== Object.prototype;) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const { value } = descriptor as { value?: unknown };
      if (methods.has(name) || name === 'constructor' || typeof value !== 'function') continue;
      // An inherited method is already wrapped if it, or the class that declares it, is decorated.
      if (at === own || (hasAny(value, JOBS) && !isDecorated(at, value))) methods.set(name, descriptor);
    }
    at = Object.getPrototypeOf(at) as object | null;
  }
  return methods;
}

function isDecorated(prototype: object, method: object): boolean {
  return ownRouteOptions(method) !== undefined || ownRouteOptions(prototype.constructor) !== undefined;
}

function withoutUndefined(options: LogScopeOptions): LogScopeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Wraps all methods of a class, or, if it has routes, only those that a timer or an event calls. Methods with
 * `@NoLogIfErrors()` stay as they are. A method's own options override the class's.
 */
export function decorateClass(type: Class, options: LogScopeOptions): void {
  const methods = methodsOf(type);
  const prototype = type.prototype as object;
  const hasRoutes =
    Reflect.hasMetadata(CONTROLLER, type) ||
    [...methods.values()].some(({ value }) => hasAny(value as object, ROUTES));
  for (const [name, descriptor] of methods) {
    const own = ownRouteOptions(descriptor.value as object);
    if (own === false || (hasRoutes && !hasAny(descriptor.value as object, JOBS))) continue;
    decorateMethod(prototype, name, descriptor, { ...options, ...withoutUndefined(own ?? {}) });
    Object.defineProperty(prototype, name, descriptor);
  }
}
