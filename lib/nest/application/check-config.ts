/** Checks the option `config`, an object for Python's dictConfig, and reads handlers and loggers from it. */
import { inspect } from 'node:util';
import { ConfigPlace } from '../../config/place';
import { ConfigReader, type LoggerPlan } from '../../config/reader';
import type { FilterLike } from '../../core/filterer';
import type { Handler } from '../../core/handler';
import { ConfigurationError } from '../../errors';
import type { LoggerOptions, LoggingModuleOptions } from './options';

/** A logger from `loggers` or from `config`. */
export interface CheckedLogger extends LoggerOptions {
  readonly filters?: readonly FilterLike[];
}

export interface CheckedConfig {
  readonly handlerNames: readonly string[];
  /** By name. The root logger is `root`. */
  readonly loggers: Readonly<Record<string, CheckedLogger>>;
  /** Level of the root logger; undefined if the configuration has none. */
  readonly level: number | undefined;
  /** False unless the configuration says true: Python's default would disable loggers that were created while files loaded. */
  readonly disableExisting: boolean;
  /** Creates all handlers, or none. */
  createHandlers(): Readonly<Record<string, Handler>>;
}

const NOTHING: CheckedConfig = {
  handlerNames: [],
  loggers: {},
  level: undefined,
  disableExisting: false,
  createHandlers: () => ({}),
};

function loggerOf({ level, propagate, handlers, filters }: LoggerPlan): CheckedLogger {
  return {
    handlers,
    filters,
    ...(level === undefined ? {} : { level }),
    ...(propagate === undefined ? {} : { propagate }),
  };
}

/** Refuses a name that is configured twice: it would not be clear which one counts. */
function refuseTwice(place: ConfigPlace, names: Iterable<string>, given: object = {}): void {
  for (const name of names) {
    // `config.handlers` is compared with `handlers`.
    const option = place.path.slice('config.'.length);
    if (Object.hasOwn(given, name)) throw place.at(name).error(`is also in "${option}"; keep one of them.`);
  }
}

/**
 * Checks the configuration together with the other options. Creates nothing.
 *
 * @param handlers - names of the module's other handlers; loggers of the configuration may name them
 * @throws ConfigurationError that names the path.
 */
export function checkConfig(options: LoggingModuleOptions, handlers: readonly string[]): CheckedConfig {
  const { config, configOptions = {} } = options;
  if (config === undefined) {
    if (options.configOptions === undefined) return NOTHING;
    throw new ConfigurationError('LoggingModule: "configOptions" needs "config".');
  }
  const place = new ConfigPlace('LoggingModule', 'config');
  const plan = new ConfigReader(config, place, { ...configOptions, handlers, autoStart: true }).read();
  if (plan.incremental) {
    throw place
      .at('incremental')
      .error('nothing is configured yet that could be changed; call dictConfig() later.');
  }
  refuseTwice(place.at('handlers'), plan.handlerNames, options.handlers);
  const loggers = new Map(plan.loggers.map((logger) => [logger.name || 'root', loggerOf(logger)]));
  if (plan.root !== undefined) loggers.set('root', loggerOf(plan.root));
  refuseTwice(place.at('loggers'), loggers.keys(), options.loggers);
  const { level, ...root } = loggers.get('root') ?? {};
  if (loggers.has('root')) loggers.set('root', root);
  if (level !== undefined && options.level !== undefined) {
    throw place
      .at('root')
      .at('level')
      .error(`the option "level" is ${inspect(options.level)}; keep one of them.`);
  }
  return {
    handlerNames: plan.handlerNames,
    loggers: Object.fromEntries(loggers),
    level: level === undefined ? undefined : Number(level),
    disableExisting: plan.disableExisting === true,
    createHandlers: () => Object.fromEntries(plan.createHandlers()),
  };
}
