import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  mergeOptions,
  routeOptions,
  setRouteOptions,
  type RouteOptions,
} from '../../../lib/nest/decorators/route-options';
import { compileScopeOptions } from '../../../lib/scope/compile-options';

const base = compileScopeOptions({ capacity: 50, keepFirst: 5, lingerMs: 10 });

function optionsFor(ofClass: RouteOptions | undefined, ofMethod: RouteOptions | undefined): unknown {
  class Controller {}
  const handler = (): void => {};
  if (ofClass !== undefined) setRouteOptions(Controller, ofClass);
  if (ofMethod !== undefined) setRouteOptions(handler, ofMethod);
  return routeOptions(Controller, handler, base);
}

describe('routeOptions', () => {
  it('returns undefined for a route that is not decorated', () => {
    expect(optionsFor(undefined, undefined)).toBeUndefined();
  });

  it("lets the method's options override the class's, and these the application's", () => {
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
  ] as const)("returns false for the class's options %j and the method's options %j", (ofClass, ofMethod) => {
    expect(optionsFor(ofClass, ofMethod)).toBe(false);
  });

  it('uses the options of a method whose class has NoLogIfErrors', () => {
    expect(optionsFor(false, { capacity: 30 })).toMatchObject({ capacity: 30, lingerMs: 10 });
  });
});

describe('mergeOptions', () => {
  it('merges the same options with the same base once', () => {
    const options = { capacity: 30 };

    expect(mergeOptions(options, base)).toBe(mergeOptions(options, base));
    expect(mergeOptions(options, compileScopeOptions({}))).not.toBe(mergeOptions(options, base));
  });
});
