import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  mergeOptions,
  routeOptions,
  setRouteOptions,
  type RouteOptions,
} from '../../lib/nest/log-if-errors.metadata';
import { compileScopeOptions } from '../../lib/scope/compile-options';

const base = compileScopeOptions({ capacity: 50, keepFirst: 5, lingerMs: 10 });

function optionsFor(ofClass: RouteOptions | undefined, ofMethod: RouteOptions | undefined): unknown {
  class Controller {}
  const handler = (): void => {};
  if (ofClass !== undefined) setRouteOptions(Controller, ofClass);
  if (ofMethod !== undefined) setRouteOptions(handler, ofMethod);
  return routeOptions(Controller, handler, base);
}

describe('routeOptions', () => {
  it('has nothing to say of a route that is not decorated', () => {
    expect(optionsFor(undefined, undefined)).toBeUndefined();
  });

  it('puts the options of the method over those of the class, and these over those of the application', () => {
    expect(optionsFor({ capacity: 20, snapshot: 'format' }, { capacity: 30 })).toMatchObject({
      capacity: 30,
      snapshot: 'format',
      lingerMs: 10,
    });
  });

  it.each([
    [false, undefined],
    [{ capacity: 20 }, false],
    [false, false],
  ] as const)('opts out where class and method say %j and %j', (ofClass, ofMethod) => {
    expect(optionsFor(ofClass, ofMethod)).toBe(false);
  });

  it('takes a method in again whose class opted out', () => {
    expect(optionsFor(false, { capacity: 30 })).toMatchObject({ capacity: 30, lingerMs: 10 });
  });
});

describe('mergeOptions', () => {
  it('checks the same options over the same base once', () => {
    const options = { capacity: 30 };

    expect(mergeOptions(options, base)).toBe(mergeOptions(options, base));
    expect(mergeOptions(options, compileScopeOptions({}))).not.toBe(mergeOptions(options, base));
  });
});
