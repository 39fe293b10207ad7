/** Makes the filters of a configuration, and finds those that handlers and loggers ask for. */
import { Filter, type FilterLike } from '../core/filterer';
import type { ConfigPlace } from './config-place';
import { callFactory, type FactoryRegistry } from './factory-registry';
import { didYouMean } from '../internal/did-you-mean';
import { readOptions, type Settings } from './option-names';

export function isFilter(value: unknown): value is FilterLike {
  if (typeof value === 'function') return true;
  return (
    typeof value === 'object' && value !== null && 'filter' in value && typeof value.filter === 'function'
  );
}

const BUILT_IN = ['Filter', 'logging.Filter'];

function filterByName(settings: Settings, place: ConfigPlace): Filter {
  const { name = '' } = readOptions(settings, ['name'], { place });
  if (typeof name !== 'string') throw place.at('name').mustBe('the name of a logger', name);
  return new Filter(name);
}

/**
 * Makes a filter of one entry of `filters`: by the name of a logger, or by a factory.
 *
 * @throws ConfigurationError for an unknown factory or key, and when the factory returns no filter.
 */
export function createFilter(entry: Settings, factories: FactoryRegistry, place: ConfigPlace): FilterLike {
  const { '()': spec, ...settings } = entry;
  if (spec === undefined || spec === null) return filterByName(settings, place);
  const factory = factories.find(spec);
  if (factory === undefined) {
    if (typeof spec !== 'string') throw place.at('()').mustBe('a name, a class or a function', spec);
    if (BUILT_IN.includes(spec)) return filterByName(settings, place);
    throw place
      .at('()')
      .error(
        `"${spec}" is no filter and not in "factories"${didYouMean(spec, [...BUILT_IN, ...factories.names])}`,
      );
  }
  let made: unknown;
  try {
    made = callFactory(factory, settings);
  } catch (error) {
    throw place.failed(error, Object.keys(settings));
  }
  if (isFilter(made)) return made;
  throw place.at('()').mustBe('a factory that returns a filter or a function', made);
}

/** The filters of a list of names, filters and functions. */
export function findFilters(
  list: readonly unknown[],
  filters: ReadonlyMap<string, FilterLike>,
  place: ConfigPlace,
): readonly FilterLike[] {
  return list.map((item, index) => {
    if (isFilter(item)) return item;
    if (typeof item !== 'string')
      throw place.at(index).mustBe('the name of a filter, a filter or a function', item);
    const filter = filters.get(item);
    if (filter !== undefined) return filter;
    throw place.at(index).error(`"filters" has no "${item}"${didYouMean(item, [...filters.keys()])}`);
  });
}
