/** Finds the classes and functions that a configuration names, and creates its filters. */
import { Filter, type FilterLike } from '../core/filterer';
import { didYouMean } from '../internal/did-you-mean';
import type { ConfigPlace } from './place';
import { readOptions, type Settings } from './schema';

/**
 * Creates a formatter, filter, handler or queue. It is a function or a class that takes one object: the other keys of the
 * entry. A subclass of a handler of this package gets the same constructor arguments as that handler; a subclass of
 * `Formatter` gets the format and the options.
 */
export type ConfigFactory = ((options: never) => unknown) | (new (...args: never[]) => unknown);

/** Factories by the names that configurations use, such as `'myapp.handlers.SlackHandler'`. */
export type ConfigFactories = Readonly<Record<string, ConfigFactory>>;

export type AnyConstructor = new (...args: unknown[]) => unknown;

/** Whether the factory is a class, which needs `new`. */
export function isClass(factory: unknown): factory is AnyConstructor {
  return typeof factory === 'function' && /^class\b/.test(Function.prototype.toString.call(factory));
}

/** Whether `type` is `base` or extends it. */
export function isSubclass(type: unknown, base: unknown): boolean {
  return (
    type === base || (typeof base === 'function' && Object.prototype.isPrototypeOf.call(base, type as object))
  );
}

/** Calls a factory that takes one object. */
export function callFactory(factory: ConfigFactory, options: Readonly<Record<string, unknown>>): unknown {
  if (isClass(factory)) return new factory(options);
  return (factory as (options: unknown) => unknown)(options);
}

export class FactoryRegistry {
  readonly #named: ConfigFactories;

  /** @throws ConfigurationError if one of them is not a function. */
  constructor(named: ConfigFactories, place: ConfigPlace) {
    for (const [name, factory] of Object.entries(named) as [string, unknown][]) {
      if (typeof factory !== 'function') throw place.at(name).mustBe('a function or a class', factory);
    }
    this.#named = named;
  }

  /** Names in the table. */
  get names(): readonly string[] {
    return Object.keys(this.#named);
  }

  /** Returns `spec` if it is a function, else the factory with this name. */
  find(spec: unknown): ConfigFactory | undefined {
    if (typeof spec === 'function') return spec as ConfigFactory;
    if (typeof spec !== 'string' || !Object.hasOwn(this.#named, spec)) return undefined;
    return this.#named[spec];
  }
}

export function isFilter(value: unknown): value is FilterLike {
  if (typeof value === 'function') return true;
  return (
    typeof value === 'object' && value !== null && 'filter' in value && typeof value.filter === 'function'
  );
}

const FILTER_NAMES = ['Filter', 'logging.Filter'];

function filterByName(settings: Settings, place: ConfigPlace): Filter {
  const { name = '' } = readOptions(settings, ['name'], { place });
  if (typeof name !== 'string') throw place.at('name').mustBe('the name of a logger', name);
  return new Filter(name);
}

/**
 * Creates a filter from one entry of `filters`: a filter by logger name, or the result of a factory.
 *
 * @throws ConfigurationError for an unknown factory or key, and if the factory does not return a filter.
 */
export function createFilter(entry: Settings, factories: FactoryRegistry, place: ConfigPlace): FilterLike {
  const { '()': spec, ...settings } = entry;
  if (spec === undefined || spec === null) return filterByName(settings, place);
  const factory = factories.find(spec);
  if (factory === undefined) {
    if (typeof spec !== 'string') throw place.at('()').mustBe('a name, a class or a function', spec);
    if (FILTER_NAMES.includes(spec)) return filterByName(settings, place);
    throw place
      .at('()')
      .error(
        `"${spec}" is no filter and not in "factories"${didYouMean(spec, [...FILTER_NAMES, ...factories.names])}`,
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

/** Resolves a list of names, filters and functions to filters. */
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
