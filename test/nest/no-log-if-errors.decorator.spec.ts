import 'reflect-metadata';
import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { NoLogIfErrors } from '../../lib';
import { LogIfErrorsInterceptor } from '../../lib/nest/log-if-errors.interceptor';
import { routeOptions } from '../../lib/nest/log-if-errors.metadata';
import { compileScopeOptions } from '../../lib/scope/compile-options';

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
