/** One handler of a configuration: the data is checked first, the handler is created later. */
import type { FilterLike } from '../core/filterer';
import type { Handler, RecordFormatter } from '../core/handler';
import { isPlainObject } from '../internal/foreign';
import { didYouMean } from '../internal/did-you-mean';
import { closeInBackground } from './close-handler';
import { callFactory, findFilters, type ConfigFactory, type FactoryRegistry } from './factories';
import { FORMATTER_NAMES, formatterNamed, isFormatter, type FormatterName } from './formatters';
import type { ConfigPlace } from './place';
import { referencesIn, replaceReferences, SectionRef } from './references';
import {
  checkSettings,
  construct,
  HANDLER_NAMES,
  keysOf,
  rowNamed,
  rowOf,
  type HandlerRow,
} from './registry';
import { readLevel, readList, readOptions, type Settings } from './schema';

/** JavaScript property names that data must not set. */
const RESERVED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Sets each attribute. Methods are not attributes: data must not replace code.
 *
 * @throws ConfigurationError for a method, and if a setter of the handler throws.
 */
export function setAttributes(handler: Handler, attributes: unknown, place: ConfigPlace): void {
  if (attributes === undefined || attributes === null) return;
  if (!isPlainObject(attributes)) throw place.mustBe('an object of attributes', attributes);
  for (const [name, value] of Object.entries(attributes)) {
    const present: unknown = Reflect.get(handler, name);
    if (RESERVED.includes(name) || typeof present === 'function') {
      throw place.at(name).error('is no attribute that a configuration may set.');
    }
    let isSet = false;
    try {
      isSet = Reflect.set(handler, name, value);
    } catch (error) {
      throw place.at(name).failed(error);
    }
    if (!isSet) throw place.at(name).error('can only be read.');
  }
}

/** The objects that the entries of `handlers` may refer to. */
export interface HandlerContext {
  readonly factories: FactoryRegistry;
  readonly formatters: ReadonlyMap<string, RecordFormatter>;
  readonly filters: ReadonlyMap<string, FilterLike>;
  /** All names of the section. */
  readonly handlerNames: readonly string[];
  /** Default of `autoStart` for the listeners of QueueHandlers. @defaultValue false */
  readonly autoStart?: boolean | undefined;
}

interface Maker {
  readonly row: HandlerRow | undefined;
  readonly factory: ConfigFactory | undefined;
}

function isHandler(value: unknown): value is Handler {
  if (typeof value !== 'object' || value === null) return false;
  const methods: readonly string[] = ['handle', 'setLevel', 'setFormatter', 'addFilter', 'close'];
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function findMaker(spec: unknown, factories: FactoryRegistry, place: ConfigPlace): Maker {
  const factory = factories.find(spec);
  if (factory !== undefined) return { factory, row: rowOf(factory) };
  const row = rowNamed(spec);
  if (row !== undefined) return { row, factory: undefined };
  const known = [...HANDLER_NAMES, ...factories.names];
  if (typeof spec !== 'string') throw place.mustBe(`a handler class or a name: ${known.join(', ')}`, spec);
  throw place.error(`"${spec}" is no handler and not in "factories"${didYouMean(spec, known)}`);
}

/** The description of a handler in the configuration. The constructor checks it and creates nothing. */
export class HandlerPlan {
  readonly name: string;
  readonly uses: readonly string[];
  readonly place: ConfigPlace;
  readonly #maker: Maker;
  readonly #settings: Settings;
  readonly #attributes: unknown;
  readonly #level: number | undefined;
  readonly #formatter: RecordFormatter | undefined;
  readonly #filters: readonly FilterLike[];
  readonly #context: HandlerContext;

  /** @throws ConfigurationError naming the entry's key. */
  constructor(
    name: string,
    entry: Settings,
    { place, ...context }: HandlerContext & { readonly place: ConfigPlace },
  ) {
    const { '()': factory, class: type, level, formatter, filters, '.': attributes, ...given } = entry;
    this.name = name;
    this.place = place;
    this.#context = context;
    if (type !== undefined && factory !== undefined) throw place.error('takes "class" or "()", got both.');
    const key = factory === undefined ? 'class' : '()';
    this.#maker = findMaker(factory ?? type, context.factories, place.at(key));
    this.#level = readLevel(level, place.at('level'));
    this.#formatter = this.#findFormatter(formatter, place.at('formatter'));
    const filterPlace = place.at('filters');
    const list = replaceReferences(readList(filters, filterPlace), (reference) => this.#find(reference));
    this.#filters = findFilters(list as readonly unknown[], context.filters, filterPlace);
    const { options, others } = this.#splitAttributes(attributes);
    this.#settings = this.#readSettings({ ...given, ...options });
    this.#attributes = others;
    this.#check();
    this.uses = referencesIn([this.#settings, attributes])
      .filter(({ section }) => section === 'handlers')
      .map((reference) => reference.name);
  }

  /** Whether the handler opens a file and must be created after handlers that do not. */
  get last(): boolean {
    return Object.hasOwn(this.#maker.row?.arguments ?? {}, 'filename');
  }

  /** The file that the handler's constructor creates. */
  get file(): string | URL | undefined {
    const { filename, delay } = this.#settings;
    if (!this.last || delay === true) return undefined;
    return typeof filename === 'string' || filename instanceof URL ? filename : undefined;
  }

  /**
   * Creates the handler. Its name is set later: an old handler may have it until the configuration is complete.
   *
   * @param made - The handlers that this one uses.
   */
  create(made: ReadonlyMap<string, Handler>): Handler {
    const handler = this.#construct(made);
    try {
      if (this.#formatter !== undefined) handler.setFormatter(this.#formatter);
      if (this.#level !== undefined) handler.setLevel(this.#level);
      for (const filter of this.#filters) handler.addFilter(filter);
      setAttributes(handler, this.#withObjects(this.#attributes, made), this.place.at('.'));
    } catch (error) {
      closeInBackground(handler);
      throw error;
    }
    return handler;
  }

  /** Called after all handlers are created. */
  start(handler: Handler): void {
    this.#maker.row?.start?.(handler, this.#settings);
  }

  /** Checks the values as the constructor does. Not for the user's subclasses, which may accept other values. */
  #check(): void {
    const { row, factory } = this.#maker;
    if (row === undefined || (factory !== undefined && factory !== row.type)) return;
    try {
      checkSettings(row, replaceReferences(this.#settings, () => undefined) as Settings);
    } catch (error) {
      throw this.place.failed(error, Object.keys(this.#settings));
    }
  }

  #construct(made: ReadonlyMap<string, Handler>): Handler {
    const { row, factory } = this.#maker;
    const settings = this.#withObjects(this.#settings, made) as Settings;
    let result: unknown;
    try {
      if (row !== undefined) result = construct(row, settings, factory);
      else if (factory !== undefined) result = callFactory(factory, settings);
    } catch (error) {
      throw this.place.failed(error, Object.keys(settings));
    }
    if (isHandler(result)) return result;
    throw this.place.mustBe('made by a factory that returns a Handler', result);
  }

  #readSettings(given: Settings): Settings {
    const { row, factory } = this.#maker;
    if (row === undefined) return given;
    const isOwn = factory === undefined || factory === row.type;
    const settings = readOptions(given, keysOf(row), {
      place: this.place,
      others: isOwn ? 'refuse' : 'keep',
    });
    for (const key of row.handlers ?? []) {
      if (settings[key] !== undefined) settings[key] = this.#handlersNamed(settings[key], this.place.at(key));
    }
    return row.prepare?.(settings, { ...this.#context, place: this.place }) ?? settings;
  }

  /** Attributes of Python that are options here, such as `retryMax` of SocketHandler, are passed to the constructor. */
  #splitAttributes(attributes: unknown): { readonly options: Settings; readonly others: unknown } {
    const { row } = this.#maker;
    if (row === undefined || !isPlainObject(attributes)) return { options: {}, others: attributes };
    const isOption = ([name]: readonly [string, unknown]): boolean => row.optionNames.includes(name);
    const place = this.place.at('.');
    const entries = Object.entries(readOptions(attributes, row.optionNames, { place, others: 'keep' }));
    return {
      options: Object.fromEntries(entries.filter(isOption)),
      others: Object.fromEntries(entries.filter((entry) => !isOption(entry))),
    };
  }

  /** Converts a handler name, or a list of names, to references. */
  #handlersNamed(value: unknown, place: ConfigPlace): unknown {
    if (Array.isArray(value))
      return value.map((item: unknown, index) => this.#handlersNamed(item, place.at(index)));
    if (typeof value !== 'string') return value;
    const { handlerNames } = this.#context;
    if (handlerNames.includes(value)) return new SectionRef('handlers', value);
    throw place.error(`"handlers" has no "${value}"${didYouMean(value, handlerNames)}`, {
      code: 'ERR_LOG_UNKNOWN_HANDLER',
    });
  }

  #findFormatter(given: unknown, place: ConfigPlace): RecordFormatter | undefined {
    const value = given instanceof SectionRef ? this.#find(given) : given;
    if (value === undefined || value === null || isFormatter(value)) return value ?? undefined;
    if (typeof value !== 'string') throw place.mustBe('the name of a formatter, or a formatter', value);
    const described = this.#context.formatters.get(value);
    if (described !== undefined) return described;
    if (FORMATTER_NAMES.some((name) => name === value)) return formatterNamed(value as FormatterName);
    const known = [...this.#context.formatters.keys(), ...FORMATTER_NAMES];
    throw place.error(`"formatters" has no "${value}"${didYouMean(value, known)}`);
  }

  /** Finds a formatter or filter; undefined for handlers, which are created later. */
  #find({ section, name }: SectionRef): unknown {
    return section === 'handlers' ? undefined : this.#context[section].get(name);
  }

  #withObjects(value: unknown, made: ReadonlyMap<string, Handler>): unknown {
    return replaceReferences(value, (reference) =>
      reference.section === 'handlers' ? made.get(reference.name) : this.#find(reference),
    );
  }
}
