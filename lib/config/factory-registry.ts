/** Classes and functions that a configuration may name: a table given by the caller, since data must not load code. */
import type { ConfigPlace } from './config-place';

/**
 * Makes a formatter, filter, handler or queue: a function of one object, the other keys of the entry, or a class whose
 * constructor takes it. A subclass of a handler of this package is called as that handler is, with its leading
 * arguments; a subclass of `Formatter` with the format and the options.
 */
export type ConfigFactory = ((options: never) => unknown) | (new (...args: never[]) => unknown);

/** Factories by the names that configurations use, such as `'myapp.handlers.SlackHandler'`. */
export type ConfigFactories = Readonly<Record<string, ConfigFactory>>;

export type AnyConstructor = new (...args: unknown[]) => unknown;

/** Written as a class: it can only be called with `new`. */
export function isClass(factory: unknown): factory is AnyConstructor {
  return typeof factory === 'function' && /^class\b/.test(Function.prototype.toString.call(factory));
}

/** Whether `type` is `base` or extends it. */
export function isSubclass(type: unknown, base: unknown): boolean {
  return (
    type === base || (typeof base === 'function' && Object.prototype.isPrototypeOf.call(base, type as object))
  );
}

/** The result of a factory that takes one object. */
export function callFactory(factory: ConfigFactory, options: Readonly<Record<string, unknown>>): unknown {
  if (isClass(factory)) return new factory(options);
  return (factory as (options: unknown) => unknown)(options);
}

export class FactoryRegistry {
  readonly #named: ConfigFactories;

  /** @throws ConfigurationError if one of them is no function. */
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

  /** The function itself, or the one of that name. */
  find(spec: unknown): ConfigFactory | undefined {
    if (typeof spec === 'function') return spec as ConfigFactory;
    if (typeof spec !== 'string' || !Object.hasOwn(this.#named, spec)) return undefined;
    return this.#named[spec];
  }
}
