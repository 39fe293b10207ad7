import 'reflect-metadata';
import { Controller, Get, type ExecutionContext } from '@nestjs/common';
import { LogIfErrors, NoLogIfErrors } from '../../../lib';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../../lib/logging';
import { LogIfErrorsInterceptor } from '../../../lib/nest/decorators/log-if-errors';
import { routeOptions, setRouteOptions } from '../../../lib/nest/decorators/route-options';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { bindScope } from '../../../lib/scope/current';
import { scopeTree } from '../../scope/scope-tree';

const INTERCEPTORS = '__interceptors__';

@LogIfErrors({ capacity: 40 })
@Controller()
class Shop {
  @LogIfErrors({ capacity: 30 })
  @Get('above')
  above(): string {
    return 'above';
  }

  @Get('below')
  @LogIfErrors()
  below(): string {
    return 'below';
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }
}

const { above, below, plain } = Shop.prototype;

describe('LogIfErrors', () => {
  it('works above and below the decorators of the route', () => {
    expect([above, below].map((method) => Reflect.getMetadata('path', method) as unknown)).toEqual([
      'above',
      'below',
    ]);
    expect([above.call(new Shop()), below.call(new Shop())]).toEqual(['above', 'below']);
  });

  it('adds its interceptor only to the decorated class and methods', () => {
    const bound = [Shop, above, below, plain].map(
      (target) => Reflect.getMetadata(INTERCEPTORS, target) as unknown,
    );

    expect(bound).toEqual([
      [LogIfErrorsInterceptor],
      [LogIfErrorsInterceptor],
      [LogIfErrorsInterceptor],
      undefined,
    ]);
  });

  it('stores its options for the interceptor', () => {
    const base = compileScopeOptions({});

    expect(routeOptions(Shop, above, base)).toMatchObject({ capacity: 30 });
    expect(routeOptions(Shop, plain, base)).toMatchObject({ capacity: 40 });
  });

  it('refuses bad options when the class is defined', () => {
    expect(() => LogIfErrors({ capacity: -1 })).toThrow('"capacity" must be a non-negative integer, got -1.');
  });

  it('is overridden by NoLogIfErrors above it', () => {
    class Both {
      @NoLogIfErrors()
      @LogIfErrors()
      above(): void {}
    }

    expect(routeOptions(Both, Both.prototype.above, compileScopeOptions({}))).toBe(false);
  });
});

@NoLogIfErrors()
@Controller()
class Quiet {}

@Controller()
class HalfQuiet {
  @Get()
  @NoLogIfErrors()
  quiet(): string {
    return 'quiet';
  }
}

describe('NoLogIfErrors', () => {
  it('opts out a class or a method', () => {
    const base = compileScopeOptions({});

    expect(routeOptions(Quiet, () => {}, base)).toBe(false);
    expect(routeOptions(HalfQuiet, HalfQuiet.prototype.quiet, base)).toBe(false);
  });

  it('does not wrap the method, only adds the interceptor', () => {
    expect(String(HalfQuiet.prototype.quiet)).toMatch(/return ["']quiet["']/);
    expect(Reflect.getMetadata('__interceptors__', HalfQuiet.prototype.quiet)).toEqual([
      LogIfErrorsInterceptor,
    ]);
  });
});

class Target {}

async function intercept(handler: () => void, scope?: LogScope, type = 'http'): Promise<unknown> {
  const request = {};
  if (scope !== undefined) bindScope(request, scope);
  const context = {
    // The third argument of a resolver is the context, which has the request.
    getArgByIndex: (index: number) => (type === 'http' ? request : index === 2 ? { req: request } : {}),
    getType: () => type,
    getHandler: () => handler,
    getClass: () => Target,
  } as unknown as ExecutionContext;
  return lastValueFrom(new LogIfErrorsInterceptor().intercept(context, { handle: () => of('answer') }));
}

describe('LogIfErrorsInterceptor', () => {
  it('sets the options of the route on the scope of the request', async () => {
    const handler = (): void => {};
    setRouteOptions(handler, { capacity: 7 });
    const scope = scopeTree().open();

    expect(await intercept(handler, scope)).toBe('answer');

    expect(scope.options.capacity).toBe(7);
    expect(scope.routeHandler).toBe(handler);
  });

  it('configures a request once, even if class and method are decorated', async () => {
    const handler = (): void => {};
    setRouteOptions(handler, { capacity: 7 });
    const scope = scopeTree().open();

    await intercept(handler, scope);
    const { options } = scope;
    await intercept(handler, scope);

    expect(scope.options).toBe(options);
  });

  it('uses the options of the first operation of a GraphQL request', async () => {
    const [first, second] = [(): void => {}, (): void => {}];
    setRouteOptions(first, { capacity: 7 });
    setRouteOptions(second, { capacity: 9 });
    const scope = scopeTree().open();

    await intercept(first, scope, 'graphql');
    await intercept(second, scope, 'graphql');

    expect([scope.options.capacity, scope.routeHandler]).toEqual([7, first]);
  });

  it('does nothing for a request without a scope', async () => {
    expect(await intercept(() => {})).toBe('answer');
  });
});
