import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../lib/logging';
import { LogIfErrorsInterceptor } from '../../lib/nest/log-if-errors.interceptor';
import { setRouteOptions } from '../../lib/nest/log-if-errors.metadata';
import { bindScope } from '../../lib/scope/current';
import { scopeTree } from '../scope/scope-tree';

class Controller {}

async function intercept(handler: () => void, scope?: LogScope, type = 'http'): Promise<unknown> {
  const request = {};
  if (scope !== undefined) bindScope(request, scope);
  const context = {
    // Of a resolver, the third is the context, which has the request.
    getArgByIndex: (index: number) => (type === 'http' ? request : index === 2 ? { req: request } : {}),
    getType: () => type,
    getHandler: () => handler,
    getClass: () => Controller,
  } as unknown as ExecutionContext;
  return lastValueFrom(new LogIfErrorsInterceptor().intercept(context, { handle: () => of('answer') }));
}

describe('LogIfErrorsInterceptor', () => {
  it('hands the options of the route to the scope of the request', async () => {
    const handler = (): void => {};
    setRouteOptions(handler, { capacity: 7 });
    const scope = scopeTree().open();

    expect(await intercept(handler, scope)).toBe('answer');

    expect(scope.options.capacity).toBe(7);
    expect(scope.routeHandler).toBe(handler);
  });

  it('configures a request once, though class and method are decorated', async () => {
    const handler = (): void => {};
    setRouteOptions(handler, { capacity: 7 });
    const scope = scopeTree().open();

    await intercept(handler, scope);
    const { options } = scope;
    await intercept(handler, scope);

    expect(scope.options).toBe(options);
  });

  it('lets the first operation of a GraphQL request decide for it', async () => {
    const [first, second] = [(): void => {}, (): void => {}];
    setRouteOptions(first, { capacity: 7 });
    setRouteOptions(second, { capacity: 9 });
    const scope = scopeTree().open();

    await intercept(first, scope, 'graphql');
    await intercept(second, scope, 'graphql');

    expect([scope.options.capacity, scope.routeHandler]).toEqual([7, first]);
  });

  it('lets a request without a scope pass', async () => {
    expect(await intercept(() => {})).toBe('answer');
  });
});
