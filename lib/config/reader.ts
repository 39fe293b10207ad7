/** Reads and checks the whole configuration before anything is changed. */
import type { FilterLike } from '../core/filterer';
import type { Handler, RecordFormatter } from '../core/handler';
import { didYouMean } from '../internal/did-you-mean';
import { buildHandlers, handlerOrder } from './build-handlers';
import { createFilter, FactoryRegistry, findFilters, type ConfigFactories } from './factories';
import { createFormatter } from './formatters';
import { HandlerPlan } from './handler-plan';
import type { ConfigPlace } from './place';
import { ConfigReferences, Externals } from './references';
import {
  readConfig,
  readFlag,
  readLevel,
  readLogger,
  readSection,
  refuseMistyped,
  type LoggerShape,
  type Settings,
} from './schema';

/** The settings of one logger in a configuration. */
export interface LoggerPlan {
  readonly name: string;
  readonly level: number | undefined;
  readonly propagate: boolean | undefined;
  readonly handlers: readonly string[];
  readonly filters: readonly FilterLike[];
}

export interface ConfigPlan {
  readonly incremental: boolean;
  /** Undefined if the configuration does not set it. */
  readonly disableExisting: boolean | undefined;
  /** Levels by handler name; only for an incremental configuration. */
  readonly handlerLevels: ReadonlyMap<string, number | undefined>;
  readonly handlerNames: readonly string[];
  readonly loggers: readonly LoggerPlan[];
  /** Undefined when the configuration does not change the root. */
  readonly root: LoggerPlan | undefined;
  /** Creates all handlers or none. */
  createHandlers(): ReadonlyMap<string, Handler>;
}

/** Names that a configuration may use besides its own entries. */
export interface ConfigNames {
  readonly factories?: ConfigFactories;
  readonly externals?: Readonly<Record<string, unknown>>;
  /** Names of handlers that are created elsewhere and that loggers may use. */
  readonly handlers?: readonly string[];
  /** Default of `autoStart` for the listeners of QueueHandlers. @defaultValue false, as in Python */
  readonly autoStart?: boolean;
}

/** @throws ConfigurationError `ERR_LOG_UNKNOWN_HANDLER` */
function refuseOthers({ handlers, place }: LoggerShape, known: readonly string[]): void {
  for (const [index, name] of handlers.entries()) {
    if (known.includes(name)) continue;
    throw place
      .at('handlers')
      .at(index)
      .error(`"handlers" has no "${name}"${didYouMean(name, known)}`, {
        code: 'ERR_LOG_UNKNOWN_HANDLER',
      });
  }
}

/** Creates formatters and filters while it reads, but no handlers. */
export class ConfigReader {
  readonly #place: ConfigPlace;
  readonly #config: Settings;
  readonly #references: ConfigReferences;
  readonly #factories: FactoryRegistry;
  readonly #otherHandlers: readonly string[];
  readonly #autoStart: boolean | undefined;

  /** @param place - Names the caller in error texts. */
  constructor(
    config: unknown,
    place: ConfigPlace,
    { factories = {}, externals = {}, handlers = [], autoStart }: ConfigNames,
  ) {
    this.#place = place;
    this.#config = readConfig(config, place);
    this.#references = new ConfigReferences(
      config as Settings,
      // `ext://myapp.make_handler` may also refer to a factory.
      new Externals({ ...factories, ...externals }),
      place,
    );
    this.#factories = new FactoryRegistry(factories, place.at('factories'));
    this.#otherHandlers = handlers;
    this.#autoStart = autoStart;
  }

  /** @throws ConfigurationError with the path of the first mistake. */
  read(): ConfigPlan {
    const incremental = this.#flag('incremental') ?? false;
    const disableExisting = this.#flag('disableExistingLoggers');
    const plan = incremental ? this.#readIncrement() : this.#readWhole();
    refuseMistyped(this.#config, this.#references.used, this.#place);
    return { incremental, disableExisting, ...plan };
  }

  #readWhole(): Omit<ConfigPlan, 'incremental' | 'disableExisting'> {
    const formatters = this.#section('formatters', (entry, place) =>
      createFormatter(entry, this.#factories, place),
    );
    const filters = this.#section('filters', (entry, place) => createFilter(entry, this.#factories, place));
    const handlers = this.#handlers(formatters, filters);
    const names = handlers.map(({ name }) => name);
    return {
      handlerLevels: new Map(),
      handlerNames: names,
      ...this.#loggers([...names, ...this.#otherHandlers], filters),
      createHandlers: () => buildHandlers(handlers),
    };
  }

  #readIncrement(): Omit<ConfigPlan, 'incremental' | 'disableExisting'> {
    const handlerLevels = this.#section('handlers', ({ level }, place) =>
      readLevel(level, place.at('level')),
    );
    const { loggers, root } = this.#loggers(undefined, new Map());
    return { handlerLevels, handlerNames: [], loggers, root, createHandlers: () => new Map() };
  }

  #flag(key: 'incremental' | 'disableExistingLoggers'): boolean | undefined {
    const place = this.#place.at(key === 'incremental' ? key : 'disable_existing_loggers');
    return readFlag(this.#references.resolve(this.#config[key], place), place);
  }

  #section<T>(
    name: 'formatters' | 'filters' | 'handlers',
    make: (entry: Settings, place: ConfigPlace, name: string) => T,
  ): ReadonlyMap<string, T> {
    const place = this.#place.at(name);
    const section = this.#references.resolve(this.#config[name], place, name === 'handlers');
    return new Map(
      readSection(section, place).map(([key, entry]) => [key, make(entry, place.at(key), key)] as const),
    );
  }

  /** The handlers in the order in which they can be created. */
  #handlers(
    formatters: ReadonlyMap<string, RecordFormatter>,
    filters: ReadonlyMap<string, FilterLike>,
  ): readonly HandlerPlan[] {
    const entries = this.#section('handlers', (entry) => entry);
    const context = {
      factories: this.#factories,
      formatters,
      filters,
      handlerNames: [...entries.keys()],
      autoStart: this.#autoStart,
    };
    const section = this.#place.at('handlers');
    const plans = new Map(
      [...entries].map(([name, entry]) => [
        name,
        new HandlerPlan(name, entry, { ...context, place: section.at(name) }),
      ]),
    );
    const sorted = handlerOrder([...plans.values()]);
    if (!('order' in sorted)) {
      const { cycle, chainFrom } = sorted;
      if (cycle !== undefined)
        throw section.error(`handlers refer to each other in a cycle: ${cycle.join(' -> ')}.`);
      throw section.error(`more than 100 handlers in a row refer to each other, from "${chainFrom}" on.`);
    }
    return sorted.order.map((name) => plans.get(name)).filter((plan) => plan !== undefined);
  }

  /** @param handlers - Valid handler names; undefined to accept any name. */
  #loggers(
    handlers: readonly string[] | undefined,
    filters: ReadonlyMap<string, FilterLike>,
  ): Pick<ConfigPlan, 'loggers' | 'root'> {
    const place = this.#place.at('loggers');
    const plan = (name: string, shape: LoggerShape): LoggerPlan => {
      if (handlers !== undefined) refuseOthers(shape, handlers);
      const isWhole = handlers !== undefined;
      return {
        name,
        level: shape.level,
        propagate: shape.propagate,
        handlers: isWhole ? shape.handlers : [],
        filters: isWhole ? findFilters(shape.filters, filters, shape.place.at('filters')) : [],
      };
    };
    const loggers = readSection(this.#references.resolve(this.#config['loggers'], place), place).map(
      ([name, entry]) => plan(name, readLogger(entry, place.at(name))),
    );
    const rootPlace = this.#place.at('root');
    const root = this.#references.resolve(this.#config['root'], rootPlace) ?? {};
    // As in Python, an empty root is ignored.
    const isGiven = typeof root !== 'object' || Object.keys(root).length > 0;
    if (!isGiven) return { loggers, root: undefined };
    // The root has no parent, so Python ignores its `propagate`.
    return { loggers, root: { ...plan('root', readLogger(root, rootPlace)), propagate: undefined } };
  }
}
