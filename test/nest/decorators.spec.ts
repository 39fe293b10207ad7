import 'reflect-metadata';
import { Controller, Get } from '@nestjs/common';
import { getHandlerToken, getLoggerToken, InjectHandler, InjectLogger, LogIfErrors, NoLogIfErrors } from 'lib';
import { describe, expect, it } from 'vitest';
import { LogIfErrorsInterceptor } from '../../lib/nest/log-if-errors.interceptor';
import { routeOptions } from '../../lib/nest/log-if-errors.metadata';
import { compileScopeOptions } from '../../lib/scope/compile-options';

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

class Shop {
  @InjectHandler('mail')
  readonly mail: unknown;

  constructor(@InjectHandler('file') readonly file: unknown) {}
}

describe('InjectHandler', () => {
  it('asks for the handler of that name', () => {
    expect(Reflect.getMetadata('self:paramtypes', Shop)).toEqual([
      { index: 0, param: getHandlerToken('file') },
    ]);
    expect(Reflect.getMetadata('self:properties_metadata', Shop)).toEqual([
      { key: 'mail', type: getHandlerToken('mail') },
    ]);
  });
});

class Shop {
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
    expect(Reflect.getMetadata('self:paramtypes', Shop)).toEqual([
      { index: 1, param: getLoggerToken('stock') },
      { index: 0, param: getLoggerToken('Shop') },
    ]);
  });

  it('asks for the logger of the class at a property, or of the name', () => {
    expect(Reflect.getMetadata('self:properties_metadata', Shop)).toEqual([
      { key: 'byProperty', type: getLoggerToken('Shop') },
      { key: 'named', type: getLoggerToken('audit') },
    ]);
  });
});

@NoLogIfErrors()
@Controller()
class Quiet {}

@Controller()
class Shop {
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
    expect(routeOptions(Shop, Shop.prototype.quiet, base)).toBe(false);
  });

  it('needs no wrapper around the method, only the interceptor', () => {
    expect(String(Shop.prototype.quiet)).toMatch(/return ["']quiet["']/);
    expect(Reflect.getMetadata('__interceptors__', Shop.prototype.quiet)).toEqual([LogIfErrorsInterceptor]);
  });
});
