/** Wraps a method so that each of its calls is a unit of work. */
import { ConfigurationError } from '../errors';
import { openCallScope, runAndNote, runToEnd } from '../scope/call';
import { compileScopeOptions } from '../scope/compile-options';
import type { CompiledScopeOptions, LogScopeOptions } from '../scope/options';
import { currentScope } from '../scope/current';
import { applications } from './applications';
import { mergeOptions } from './log-if-errors.metadata';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const defaults = compileScopeOptions({});
/** What a wrapper wraps: a method that is decorated again, by its class, is still one unit of work. */
const wrapped = new WeakMap<Method, Method>();
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

/** Frameworks find a method by its metadata, and pipes by its name and length: the wrapper must not be told apart. */
function dressAs(wrapper: Method, method: Method): void {
  for (const name of ['name', 'length'] as const) {
    Object.defineProperty(wrapper, name, { value: method[name], configurable: true });
  }
  for (const key of Reflect.getMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
  }
}

/**
 * Replaces the method: in the request that it is the route of, an Error is marked in the request's own scope; anywhere else
 * the call opens a scope inside the current one.
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
  const inner = wrapped.get(method) ?? method;
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
  dressAs(wrapper, method);
  wrapped.set(wrapper, inner);
  descriptor.value = wrapper;
}
