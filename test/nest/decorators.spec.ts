import 'reflect-metadata';
import { Controller, Get, type ExecutionContext } from '@nestjs/common';
import {
  getHandlerToken,
  getLoggerToken,
  InjectHandler,
  InjectLogger,
  LogIfErrors,
  NoLogIfErrors,
} from '../../lib';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../lib/logging';
import { LogIfErrorsInterceptor } from '../../lib/nest/decorators';
import { routeOptions, setRouteOptions } from '../../lib/nest/log-if-errors.metadata';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { bindScope } from '../../lib/scope/current';
import { scopeTree } from '../scope/scope-tree';

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

  it('binds its interceptor to the class and the methods it is on, and to nothing else', () => {
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

  it('leaves its options for the interceptor', () => {
    const base = compileScopeOptions({});

    expect(routeOptions(Shop, above, base)).toMatchObject({ capacity: 30 });
    expect(routeOptions(Shop, plain, base)).toMatchObject({ capacity: 40 });
  });

  it('refuses bad options when the class is defined', () => {
    expect(() => LogIfErrors({ capacity: -1 })).toThrow('"capacity" must be a non-negative integer, got -1.');
  });

  it('gives way to NoLogIfErrors above it', () => {
    class Both {
      @NoLogIfErrors()
      @LogIfErrors()
      above(): void {}
    }

    expect(routeOptions(Both, Both.prototype.above, compileScopeOptions({}))).toBe(false);
  });
});

class WithHandlers {
  @InjectHandler('mail')
  readonly mail: unknown;

  constructor(@InjectHandler('file') readonly file: unknown) {}
}

describe('InjectHandler', () => {
  it('asks for the handler of that name', () => {
    expect(Reflect.getMetadata('self:paramtypes', WithHandlers)).toEqual([
      { index: 0, param: getHandlerToken('file') },
    ]);
    expect(Reflect.getMetadata('self:properties_metadata', WithHandlers)).toEqual([
      { key: 'mail', type: getHandlerToken('mail') },
    ]);
  });
});

class WithLoggers {
  @InjectLogger()
  readonly byProperty: unknown;

  @InjectLogger('audit')
  readonly named: unknown;

  constructor(
    @InjectLogger() readonly byParameter: unknown,
    @InjectLogger('stock') readonly other: unknown,
  ) {}
}

describe('InjectLogger', () => {
  it('asks for the logger of the class at a parameter, or of the name', () => {
    expect(Reflect.getMetadata('self:paramtypes', WithLoggers)).toEqual([
      { index: 1, param: getLoggerToken('stock') },
      { index: 0, param: getLoggerToken('WithLoggers') },
    ]);
  });

  it('asks for the logger of the class at a property, or of the name', () => {
    expect(Reflect.getMetadata('self:properties_metadata', WithLoggers)).toEqual([
      { key: 'byProperty', type: getLoggerToken('WithLoggers') },
      { key: 'named', type: getLoggerToken('audit') },
    ]);
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

  it('needs no wrapper around the method, only the interceptor', () => {
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
    // Of a resolver, the third is the context, which has the request.
    getArgByIndex: (index: number) => (type === 'http' ? request : index === 2 ? { req: request } : {}),
    getType: () => type,
    getHandler: () => handler,
    getClass: () => Target,
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
