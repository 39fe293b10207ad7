/** The decorators `@LogIfErrors()` and `@NoLogIfErrors()`, and the interceptor that applies them to requests. */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { checkedOptions } from '../../internal/options';
import { compileScopeOptions } from '../../scope/compile-options';
import { currentScope, scopeOf } from '../../scope/current';
import { SCOPE_SPEC, type LogScopeOptions } from '../../scope/options';
import type { LogScope } from '../../scope/scope';
import { nest } from '../nest';
import { decorateClass, decorateMethod } from './decorated-methods';
import { routeOptions, setRouteOptions } from './route-options';

/** In GraphQL, the request is in the context, the third argument. The scope of a message already has its options. */
function scopeIn(context: ExecutionContext): LogScope | undefined {
  if (context.getType<string>() !== 'graphql') return scopeOf(context.getArgByIndex(0));
  const scope = scopeOf(context.getArgByIndex(2)) ?? currentScope();
  // Several operations share one request. The decorator of the first one counts.
  return scope?.routeHandler === undefined ? scope : undefined;
}

/** Only decorated controllers and methods have it, so other routes do not pay for it. */
export class LogIfErrorsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const scope = scopeIn(context);
    const handler = context.getHandler();
    // If both the class and the method are decorated, this runs twice.
    if (scope === undefined || scope.routeHandler === handler) return next.handle();
    scope.routeHandler = handler;
    const options = routeOptions(context.getClass(), handler, scope.options);
    if (options !== undefined) scope.configure(options);
    return next.handle();
  }
}

/**
 * On a controller or a route: its requests are held and written by these options instead of the application's; with
 * `routes: 'decorated'` only decorated ones are written. Errors before the route is known, such as those of a guard or a
 * middleware, are handled by the application's options.
 *
 * On any other method: each call has its own scope, inside the current one. The method may be sync, or return a promise, an
 * Observable or an async iterator. This includes `@Cron`, `@Interval`, `@Timeout` and `@OnEvent` methods, and `process` of a
 * BullMQ worker, above or below their decorators.
 *
 * On a provider's class: the same for each of its methods, except those with `@NoLogIfErrors()`. A method's own options
 * override the class's. On a class with routes only its scheduled methods and event listeners are wrapped.
 *
 * @throws ConfigurationError for bad options, when the class is defined.
 * @example
 * @Post()
 * @LogIfErrors({ capacity: 5000, slowMs: 2000 })
 * place(@Body() order: Order): Promise<Receipt> { … }
 */
export function LogIfErrors(options: LogScopeOptions = {}): ClassDecorator & MethodDecorator {
  options = checkedOptions('@LogIfErrors', options, SCOPE_SPEC);
  compileScopeOptions(options, undefined, '@LogIfErrors');
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const intercepted = nest().common.UseInterceptors(LogIfErrorsInterceptor);
    if (descriptor === undefined || key === undefined) {
      setRouteOptions(target, options);
      intercepted(target as new () => unknown);
      decorateClass(target as new () => unknown, options);
      return;
    }
    decorateMethod(target, key, descriptor, options);
    setRouteOptions(descriptor.value as object, options);
    intercepted(target, key, descriptor);
  };
}

/**
 * The requests of this controller or route are not held: records from `passThroughLevel` on are written, the others are
 * dropped, as without scopes. Their Errors are still logged by the code that logs them.
 *
 * On a method of a provider whose class has `@LogIfErrors()`: its calls do not open scopes.
 */
export function NoLogIfErrors(): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const intercepted = nest().common.UseInterceptors(LogIfErrorsInterceptor);
    setRouteOptions(descriptor === undefined ? target : (descriptor.value as object), false);
    if (descriptor === undefined || key === undefined) intercepted(target as new () => unknown);
    else intercepted(target, key, descriptor);
  };
}
