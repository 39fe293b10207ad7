/** Hands the options of a decorated route to its request's scope, before the route's pipes run. */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { scopeOf } from '../scope/scope-storage';
import { routeOptions } from './log-if-errors.metadata';

/** Bound to decorated controllers and methods only: other routes do not pay for it. */
@Injectable()
export class LogIfErrorsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const scope = scopeOf(context.getArgByIndex(0));
    const handler = context.getHandler();
    // A class and its method may both be decorated, and this is then there twice.
    if (scope === undefined || scope.routeHandler === handler) return next.handle();
    scope.routeHandler = handler;
    const options = routeOptions(context.getClass(), handler, scope.options);
    if (options !== undefined) scope.configure(options);
    return next.handle();
  }
}
