/** Marks what is worth its context: a controller, a route, or any method of a provider. */
import { checkedOptions } from '../internal/checked-options';
import { compileScopeOptions } from '../scope/compile-options';
import { SCOPE_OPTIONS, type LogScopeOptions } from '../scope/options';
import { decorateClass } from './decorated-class';
import { decorateMethod } from './decorated-method';
import { LogIfErrorsInterceptor } from './log-if-errors.interceptor';
import { setRouteOptions } from './log-if-errors.metadata';
import { nest } from './nest';

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
  options = checkedOptions('@LogIfErrors', options, SCOPE_OPTIONS);
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
