/** Reads the module's `config`: an object of Python's dictConfig, as handlers and loggers of the module. */
import { inspect } from 'node:util';
import { ConfigPlace } from '../config/place';
import { ConfigReader, type LoggerPlan } from '../config/reader';
import type { FilterLike } from '../core/filter';
import type { Handler } from '../core/handler';
import { ConfigurationError } from '../errors';
import type { LoggerOptions, LoggingModuleOptions } from './logging.options';

/** A logger of `loggers` or of `config`. */
export interface CheckedLogger extends LoggerOptions {
  readonly filters?: readonly FilterLike[];
}

export interface CheckedConfig {
  readonly handlerNames: readonly string[];
  /** By name, the root as `root`. */
  readonly loggers: Readonly<Record<string, CheckedLogger>>;
  /** Of the root; undefined when the configuration does not say. */
  readonly level: number | undefined;
  /** Said so in the configuration: Python's default would silence loggers that were made while files were loaded. */
  readonly disableExisting: boolean;
  /** Makes all handlers, or none. */
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

/** The same thing must not be said in two places: neither would be the one that counts. */
function refuseTwice(place: ConfigPlace, names: Iterable<string>, given: object = {}): void {
  for (const name of names) {
    // `config.handlers` is told against `handlers`.
    const option = place.path.slice('config.'.length);
    if (Object.hasOwn(given, name)) throw place.at(name).error(`is in "${option}" too; say it in one place.`);
  }
}

/**
 * Checks the configuration against the other options. Nothing is made yet.
 *
 * @param handlers - Names of the module's other handlers, which the configuration's loggers may name.
 * @throws ConfigurationError naming the path.
 */
export function checkConfig(options: LoggingModuleOptions, handlers: readonly string[]): CheckedConfig {
  const { config, configOptions = {} } = options;
  if (config === undefined) {
    if (options.configOptions === undefined) return NOTHING;
    throw new ConfigurationError('LoggingModule: "configOptions" is for "config", which is not given.');
  }
  const place = new ConfigPlace('LoggingModule', 'config');
  const plan = new ConfigReader(config, place, { ...configOptions, handlers, autoStart: true }).read();
  if (plan.incremental) {
    throw place.at('incremental').error('there is nothing to change yet; call dictConfig() when there is.');
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
      .error(`"level" says ${inspect(options.level)} already; say it in one place.`);
  }
  return {
    handlerNames: plan.handlerNames,
    loggers: Object.fromEntries(loggers),
    level: level === undefined ? undefined : Number(level),
    disableExisting: plan.disableExisting === true,
    createHandlers: () => Object.fromEntries(plan.createHandlers()),
  };
}
