/** The options that the decorators store on classes and methods, and those that apply to a route. */
import { compileScopeOptions } from '../../scope/compile-options';
import type { CompiledScopeOptions, LogScopeOptions } from '../../scope/options';

const KEY = 'nestjs-hindsight:log-if-errors';

/** Options of a route or class; false is `@NoLogIfErrors()`. */
export type RouteOptions = LogScopeOptions | false;

/** @internal */
export function setRouteOptions(target: object, options: RouteOptions): void {
  Reflect.defineMetadata(KEY, options, target);
}

/** The options that a decorator has stored on this class or method. */
export function ownRouteOptions(target: object): RouteOptions | undefined {
  return Reflect.getMetadata(KEY, target) as RouteOptions | undefined;
}

/** Checking options costs more than a request, so each pair is merged once. */
const merged = new WeakMap<LogScopeOptions, WeakMap<CompiledScopeOptions, CompiledScopeOptions>>();

/** The options of a decorator, with those of the application as defaults. */
export function mergeOptions(options: LogScopeOptions, base: CompiledScopeOptions): CompiledScopeOptions {
  let byBase = merged.get(options);
  if (byBase === undefined) merged.set(options, (byBase = new WeakMap()));
  let compiled = byBase.get(base);
  if (compiled === undefined)
    byBase.set(base, (compiled = compileScopeOptions(options, base, '@LogIfErrors')));
  return compiled;
}

/** The options of a route: the method's override the class's. Undefined if neither is decorated. */
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
