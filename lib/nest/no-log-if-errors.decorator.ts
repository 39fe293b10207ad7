/** Opts a controller or route out. */
import { LogIfErrorsInterceptor } from './log-if-errors.interceptor';
import { setRouteOptions } from './log-if-errors.metadata';
import { nest } from './nest';

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
