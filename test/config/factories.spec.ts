import { describe, expect, it } from 'vitest';
import {
  callFactory,
  createFilter,
  FactoryRegistry,
  findFilters,
  isClass,
  isFilter,
  isSubclass,
} from '../../lib/config/factories';
import { ConfigPlace } from '../../lib/config/place';
import type { Settings } from '../../lib/config/schema';
import { FileHandler, Filter, Handler, type FilterLike } from '../../lib/logging';

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

const filterPlace = new ConfigPlace('dictConfig', 'filters.f');
const errorsOnly = ({ from = 40 }: { readonly from?: number }) => ({
  filter: (record: { levelno: number }) => record.levelno >= from,
});

function create(entry: Settings): FilterLike {
  return createFilter(
    entry,
    new FactoryRegistry({ 'app.errors_only': errorsOnly }, filterPlace),
    filterPlace,
  );
}

describe('createFilter', () => {
  it('makes the filter of a logger name', () => {
    expect(create({ name: 'a.b' })).toEqual(new Filter('a.b'));
    expect(create({})).toEqual(new Filter(''));
    expect(create({ '()': 'logging.Filter', name: 'a' })).toEqual(new Filter('a'));
  });

  it('calls a factory, by name or as it is', () => {
    const filters = [create({ '()': 'app.errors_only', from: 30 }), create({ '()': errorsOnly })];

    expect(filters.map((filter) => (filter as Filter).filter({ levelno: 30 } as never))).toEqual([
      true,
      false,
    ]);
    expect(create({ '()': () => () => true })).toBeTypeOf('function');
  });

  it.each<[Settings, string]>([
    [{ nam: 'a' }, 'dictConfig: "filters.f": unknown option "nam", did you mean "name"?'],
    [{ name: 7 }, 'dictConfig: "filters.f.name" must be the name of a logger, got 7.'],
    [
      { '()': 'app.error_only' },
      `dictConfig: "filters.f['()']": "app.error_only" is no filter and not in "factories", did you mean "app.errors_only"?`,
    ],
    [{ '()': 7 }, 'must be a name, a class or a function, got 7.'],
    [{ '()': () => 7 }, 'must be a factory that returns a filter or a function, got 7.'],
    [
      {
        '()': () => {
          throw new Error('no');
        },
      },
      'dictConfig: "filters.f": no',
    ],
  ])('refuses %j', (entry, message) => {
    expect(() => create(entry)).toThrow(message);
  });
});

describe('findFilters', () => {
  const filter = new Filter('a');
  const own = (): boolean => true;
  const list = new ConfigPlace('dictConfig', 'root.filters');

  it('takes names, filters and functions', () => {
    expect(findFilters(['f', filter, own], new Map([['f', filter]]), list)).toEqual([filter, filter, own]);
  });

  it('says which one is none', () => {
    expect(() => findFilters([own, 'g'], new Map([['f', filter]]), list)).toThrow(
      'dictConfig: "root.filters[1]": "filters" has no "g"; known are f.',
    );
    expect(() => findFilters([{ filter: 1 }], new Map(), list)).toThrow(
      '"root.filters[0]" must be the name of a filter, a filter or a function, got { filter: 1 }.',
    );
  });
});

describe('isFilter', () => {
  it('takes a function, and an object with filter(record)', () => {
    expect([new Filter(), () => true, {}, 'f', null].map(isFilter)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
