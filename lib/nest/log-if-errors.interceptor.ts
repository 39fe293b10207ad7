/** Hands the options of a decorated route to its request's scope, before the route's pipes run. */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { LogScope } from '../scope/scope';
import { currentScope, scopeOf } from '../scope/current';
import { routeOptions } from './log-if-errors.metadata';

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
