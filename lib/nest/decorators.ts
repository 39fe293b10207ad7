/** The decorators: what is worth its context, and what is injected. */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { checkedOptions } from '../internal/options';
import { compileScopeOptions } from '../scope/compile-options';
import { currentScope, scopeOf } from '../scope/current';
import { SCOPE_SPEC, type LogScopeOptions } from '../scope/options';
import type { LogScope } from '../scope/scope';
import { decorateClass } from './decorated-class';
import { decorateMethod } from './decorated-method';
import { routeOptions, setRouteOptions } from './log-if-errors.metadata';
import { getHandlerToken, getLoggerToken } from './logging.tokens';
import { nest } from './nest';

/** A GraphQL operation has its request behind its context, the third argument; a message has got its options before. */
function scopeIn(context: ExecutionContext): LogScope | undefined {
  if (context.getType<string>() !== 'graphql') return scopeOf(context.getArgByIndex(0));
  const scope = scopeOf(context.getArgByIndex(2)) ?? currentScope();
  // Several operations share the request: the first one's decorator decides for it.
  return scope?.routeHandler === undefined ? scope : undefined;
}

/** Bound to decorated controllers and methods only: other routes do not pay for it. */
export class LogIfErrorsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const scope = scopeIn(context);
    const handler = context.getHandler();
    // A class and its method may both be decorated, and this is then there twice.
    if (scope === undefined || scope.routeHandler === handler) return next.handle();
    scope.routeHandler = handler;
    const options = routeOptions(context.getClass(), handler, scope.options);
    if (options !== undefined) scope.configure(options);
    return next.handle();
  }
}

/**
 * On a controller or a route: its requests are held and written by these options instead of the application's; with
 * `routes: 'decorated'` these are the only ones that are written. What fails before the route is known, such as a guard or a
 * middleware, falls under the application's options.
 *
 * On any other method: each call is a scope of its own, inside the one around it. It may be sync, or return a promise, an
 * Observable or an async iterator. So are calls of `@Cron`, `@Interval`, `@Timeout` and `@OnEvent` methods, and of a BullMQ
 * worker's `process`, above or below their decorators.
 *
 * On a provider's class: the same for each of its methods, but those with `@NoLogIfErrors()`. A method's own options go
 * before the class's. On a class with routes only its scheduled methods and event listeners are wrapped.
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

/** Injects the handler of that name in `handlers`; with `forRootAsync` its name must be in `handlerNames`. */
export function InjectHandler(name: string): ParameterDecorator & PropertyDecorator {
  return nest().common.Inject(getHandlerToken(name));
}

/** A constructor parameter is decorated with its class, a property with the prototype. */
function classNameOf(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}

/**
 * Injects the logger of that name, or of the class that it is injected into. The logger is a singleton: the class does not
 * become request-scoped, and its records still carry the ids of the running request.
 *
 * @example
 * constructor(@InjectLogger() private readonly logger: Logger) {}   // named after the class
 */
export function InjectLogger(name?: string): ParameterDecorator & PropertyDecorator {
  return (target: object, key: string | symbol | undefined, index?: number): void => {
    const inject = nest().common.Inject(getLoggerToken(name ?? classNameOf(target)));
    if (index !== undefined) inject(target, key, index);
    else if (key !== undefined) inject(target, key);
  };
}

/**
 * The requests of this controller or route are not held back: what passes through is written, the rest is dropped as it
 * would be without scopes. Their Errors are still logged by whoever logs them.
 *
 * On a method of a provider whose class has `@LogIfErrors()`: its calls are no scopes of their own.
 */
export function NoLogIfErrors(): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const intercepted = nest().common.UseInterceptors(LogIfErrorsInterceptor);
    setRouteOptions(descriptor === undefined ? target : (descriptor.value as object), false);
    if (descriptor === undefined || key === undefined) intercepted(target as new () => unknown);
    else intercepted(target, key, descriptor);
  };
}
