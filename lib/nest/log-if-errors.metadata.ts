/** What the decorators leave on a class or method for the interceptor to find. */
import { compileScopeOptions } from '../scope/compile-options';
import type { CompiledScopeOptions, LogScopeOptions } from '../scope/options';

const KEY = 'nestjs-hindsight:log-if-errors';

/** Options of a route or class; false opts out. */
export type RouteOptions = LogScopeOptions | false;

/** @internal */
export function setRouteOptions(target: object, options: RouteOptions): void {
  Reflect.defineMetadata(KEY, options, target);
}

/** What a decorator left on this class or method; undefined if none did. */
export function ownRouteOptions(target: object): RouteOptions | undefined {
  return Reflect.getMetadata(KEY, target) as RouteOptions | undefined;
}

/** Checking options costs more than a request: each is merged with each application's once. */
const merged = new WeakMap<LogScopeOptions, WeakMap<CompiledScopeOptions, CompiledScopeOptions>>();

/** The options of a decorator over those of the application. */
export function mergeOptions(options: LogScopeOptions, base: CompiledScopeOptions): CompiledScopeOptions {
  let byBase = merged.get(options);
  if (byBase === undefined) merged.set(options, (byBase = new WeakMap()));
  let compiled = byBase.get(base);
  if (compiled === undefined)
    byBase.set(base, (compiled = compileScopeOptions(options, base, '@LogIfErrors')));
  return compiled;
}

/** What applies to a route: the method's options over the class's; undefined if neither is decorated. */
export function routeOptions(
  controller: object,
  handler: object,
  base: CompiledScopeOptions,
): CompiledScopeOptions | false | undefined {
  const ofClass = ownRouteOptions(controller);
  const ofMethod = ownRouteOptions(handler);
  if (ofMethod === false) return false;
  if (ofMethod === undefined)
    return ofClass === false || ofClass === undefined ? ofClass : mergeOptions(ofClass, base);
  return mergeOptions(
    ofMethod,
    ofClass === false || ofClass === undefined ? base : mergeOptions(ofClass, base),
  );
}
