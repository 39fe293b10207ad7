import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/config-place';
import { callFactory, FactoryRegistry, isClass, isSubclass } from '../../lib/config/factory-registry';
import { FileHandler, Handler } from '../../lib/logging';

const place = new ConfigPlace('dictConfig', 'factories');

class Own {
  readonly options: unknown;

  constructor(options: unknown) {
    this.options = options;
  }
}

describe('FactoryRegistry', () => {
  it('finds functions by name, and takes functions as they are', () => {
    const make = (): unknown => 1;
    const registry = new FactoryRegistry({ 'app.make': make }, place);

    expect(registry.find('app.make')).toBe(make);
    expect(registry.find(Own)).toBe(Own);
    expect(['make', 'constructor', '__proto__', 7, undefined].map((spec) => registry.find(spec))).toEqual(
      Array(5).fill(undefined),
    );
    expect(registry.names).toEqual(['app.make']);
  });

  it('refuses what is no function', () => {
    expect(() => new FactoryRegistry({ 'app.make': 'eval' as never }, place)).toThrow(
      `dictConfig: "factories['app.make']" must be a function or a class, got 'eval'.`,
    );
  });
});

describe('callFactory', () => {
  it('calls a function, and makes an object of a class, with the options', () => {
    expect(callFactory(({ a }: { a: number }) => a, { a: 1 })).toBe(1);
    expect(callFactory(Own, { a: 1 })).toEqual(new Own({ a: 1 }));
  });
});

describe('isClass', () => {
  it('tells classes from functions', () => {
    expect([Own, class {}, () => 1, function plain() {}, 'class'].map(isClass)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('isSubclass', () => {
  it('is true of the class and what extends it', () => {
    expect(isSubclass(Handler, Handler)).toBe(true);
    expect(isSubclass(FileHandler, Handler)).toBe(true);
    expect(isSubclass(Handler, FileHandler)).toBe(false);
    expect(isSubclass(undefined, FileHandler)).toBe(false);
  });
});
