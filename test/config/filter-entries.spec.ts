import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/config-place';
import { FactoryRegistry } from '../../lib/config/factory-registry';
import { createFilter, findFilters, isFilter } from '../../lib/config/filter-entries';
import type { Settings } from '../../lib/config/option-names';
import { Filter, type FilterLike } from '../../lib/logging';

const place = new ConfigPlace('dictConfig', 'filters.f');
const errorsOnly = ({ from = 40 }: { readonly from?: number }) => ({
  filter: (record: { levelno: number }) => record.levelno >= from,
});

function create(entry: Settings): FilterLike {
  return createFilter(entry, new FactoryRegistry({ 'app.errors_only': errorsOnly }, place), place);
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
