/** Checks the options of the logging module before anything is built. */
import { inspect } from 'node:util';
import { closeInBackground } from '../config/close-handler';
import { createHandler, isHandlerData } from '../config/registry';
import type { Handler } from '../core/handler';
import { parseLevel } from '../core/level';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../core/shutdown';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { isPlainObject } from '../internal/foreign';
import type { LogQueue } from '../queues';
import { compileScopeOptions } from '../scope/compile-options';
import { SCOPE_SPEC, type CompiledScopeOptions } from '../scope/options';
import { checkConfig, type CheckedConfig, type CheckedLogger } from './check-config';
import { consoleHandler } from './console-handler';
import { checkQueue, nameWithoutHandlers, onlyQueueHandler, workerHandlers } from './queue-bridge';
import type {
  HandlerDefinition,
  LoggerOptions,
  LoggingModuleForRootOptions,
  LoggingModuleOptions,
  ReadyDefinition,
  RequestLogOptions,
} from './logging.options';

/** Checked options with every default filled in. */
export interface CheckedOptions {
  readonly level: number;
  readonly handlers: Readonly<Record<string, ReadyDefinition>>;
  /** Names of the handlers that `config` describes: they are only where it puts them. */
  readonly configured: readonly string[];
  readonly loggers: Readonly<Record<string, CheckedLogger>>;
  /** Disable the loggers that exist and are not in `loggers`. */
  readonly disableExisting: boolean;
  readonly nestLogger: boolean | 'auto';
  /** Undefined: as `loggingSettings` says. */
  readonly openTelemetry: boolean | undefined;
  /** Undefined when requests get no scope. */
  readonly scope: CompiledScopeOptions | undefined;
  /** Undefined: chosen from the handlers of the root. */
  readonly targets: readonly string[] | undefined;
  readonly shutdownTimeout: number;
  /** Between the loggers and the handlers; of a worker's, `handlers` are what stands for them. */
  readonly queue: LogQueue | undefined;
}

const OPTIONS = {
  level: true,
  handlers: true,
  loggers: true,
  config: true,
  configOptions: true,
  queue: true,
  nestLogger: true,
  openTelemetry: true,
  logIfErrors: true,
  shutdownTimeout: true,
} as const satisfies OptionNames<LoggingModuleOptions>;
export const FOR_ROOT_OPTIONS = {
  ...OPTIONS,
  imports: true,
  isGlobal: true,
} as const satisfies OptionNames<LoggingModuleForRootOptions>;
const LOGGER_OPTIONS = {
  level: true,
  propagate: true,
  handlers: true,
} as const satisfies OptionNames<LoggerOptions>;
const SCOPE_OPTIONS_AND_TARGET = {
  ...SCOPE_SPEC,
  target: true,
} as const satisfies OptionNames<RequestLogOptions>;
const OWNER = 'LoggingModule';
/** One of them makes an object a handler or a provider of one. */
const WAYS = ['handle', 'useFactory', 'useClass', 'useExisting'];

/** @throws ConfigurationError `ERR_LOG_UNKNOWN_HANDLER` listing the handlers there are. */
export function refuseUnknownHandlers(
  option: string,
  names: readonly string[],
  known: readonly string[],
): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new ConfigurationError(
      `${OWNER}: ${option} names the handler "${name}", which "handlers" does not have; known are ${known.join(', ')}.`,
      { code: 'ERR_LOG_UNKNOWN_HANDLER' },
    );
  }
}

function mustBeObject(what: string, value: unknown): void {
  if (!isPlainObject(value))
    throw new ConfigurationError(`${what} must be an object, got ${inspect(value)}.`);
}

function levelOf(option: string, level: unknown): number {
  try {
    return parseLevel(level as number);
  } catch (error) {
    throw new ConfigurationError(`${OWNER}: "${option}": ${(error as Error).message}`, {
      code: 'ERR_LOG_LEVEL',
      cause: error,
    });
  }
}

function checkLogger(name: string, options: LoggerOptions, handlers: readonly string[]): void {
  const owner = `${OWNER}: "loggers.${name}"`;
  mustBeObject(owner, options);
  checkedOptions(owner, options, LOGGER_OPTIONS);
  if (options.level !== undefined) levelOf(`loggers.${name}.level`, options.level);
  if (options.handlers !== undefined && !Array.isArray(options.handlers)) {
    throw new ConfigurationError(
      `${owner}: "handlers" must be a list of names, got ${String(options.handlers)}.`,
    );
  }
  refuseUnknownHandlers(`"loggers.${name}.handlers"`, options.handlers ?? [], handlers);
}

/** Data becomes a handler at once, so that its mistakes are found where they were made. */
function checkHandler(name: string, definition: HandlerDefinition): ReadyDefinition {
  if (isHandlerData(definition)) return createHandler(definition);
  if (typeof definition === 'object' && definition !== null && WAYS.some((way) => way in definition))
    return definition;
  throw new ConfigurationError(
    `${OWNER}: "handlers.${name}" must be a Handler, an object with useFactory, useClass or useExisting, or data with ` +
      `"class", got ${inspect(definition)}.`,
  );
}

function checkTimeout(timeout: number): number {
  if (timeout > 0 && timeout <= 2 ** 31 - 1) return timeout;
  throw new ConfigurationError(
    `${OWNER}: "shutdownTimeout" must be a positive number of ms, got ${inspect(timeout)}.`,
  );
}

function checkFlag(name: string, value: unknown, more?: string): void {
  if (value === undefined || typeof value === 'boolean' || value === more) return;
  const values = more === undefined ? 'true or false' : `${inspect(more)}, true or false`;
  throw new ConfigurationError(`${OWNER}: "${name}" must be ${values}, got ${inspect(value)}.`);
}

function checkScope(
  logIfErrors: LoggingModuleOptions['logIfErrors'],
): Pick<CheckedOptions, 'scope' | 'targets'> {
  if (logIfErrors === false) return { scope: undefined, targets: undefined };
  const owner = `${OWNER}: "logIfErrors"`;
  if (logIfErrors !== undefined) mustBeObject(owner, logIfErrors);
  const { target, ...options } = checkedOptions(owner, logIfErrors, SCOPE_OPTIONS_AND_TARGET);
  const targets = typeof target === 'string' ? [target] : target;
  return { scope: compileScopeOptions(options, undefined, owner), targets };
}

/**
 * Fills in every default.
 *
 * @throws ConfigurationError naming the option, what it must be and what came.
 */
export function checkOptions(options: LoggingModuleOptions = {}): CheckedOptions {
  options = checkedOptions(OWNER, options, OPTIONS);
  const { handlers = {}, openTelemetry, shutdownTimeout = DEFAULT_CLOSE_TIMEOUT_MS } = options;
  const { nestLogger = 'auto' } = options;
  checkFlag('nestLogger', nestLogger, 'auto');
  checkFlag('openTelemetry', openTelemetry);
  const { scope, targets } = checkScope(options.logIfErrors);
  const given = Object.keys(handlers);
  const queue = checkQueue(options);
  const fallback = nameWithoutHandlers(queue);
  const config = checkConfig(options, given.length === 0 ? [fallback] : given);
  const isNone = given.length === 0 && config.handlerNames.length === 0;
  const names = isNone ? [fallback] : [...given, ...config.handlerNames];
  const loggers = { ...config.loggers, ...options.loggers };
  for (const [name, logger] of Object.entries(options.loggers ?? {})) checkLogger(name, logger, names);
  for (const [name, { handlers: wanted = [] }] of Object.entries(config.loggers))
    refuseUnknownHandlers(`"config.loggers.${name}.handlers"`, wanted, names);
  refuseUnknownHandlers('"logIfErrors.target"', targets ?? [], names);
  const level = levelOf('level', options.level ?? config.level ?? (scope === undefined ? 'INFO' : 'DEBUG'));
  const timeout = checkTimeout(shutdownTimeout);
  return {
    level,
    loggers,
    nestLogger,
    openTelemetry,
    scope,
    targets,
    configured: config.handlerNames,
    disableExisting: config.disableExisting,
    shutdownTimeout: timeout,
    // Last: a file is opened, and a worker started, only for options that are right.
    ...(queue === 'worker'
      ? workerHandlers(handlers, timeout)
      : { queue, handlers: isNone ? defaultHandler(queue) : makeHandlers(handlers, config) }),
  };
}

function defaultHandler(queue: LogQueue | undefined): Readonly<Record<string, Handler>> {
  return queue === undefined ? { console: consoleHandler() } : onlyQueueHandler(queue);
}

/** All of them, or none: what was made is closed when a later one cannot be. */
function makeHandlers(
  definitions: Readonly<Record<string, HandlerDefinition>>,
  config: CheckedConfig,
): Readonly<Record<string, ReadyDefinition>> {
  const made: Handler[] = [];
  try {
    const own = Object.entries(definitions).map(([name, definition]) => {
      const ready = checkHandler(name, definition);
      if (isHandlerData(definition)) made.push(ready as Handler);
      return [name, ready] as const;
    });
    return { ...Object.fromEntries(own), ...config.createHandlers() };
  } catch (error) {
    for (const handler of made.toReversed()) closeInBackground(handler);
    throw error;
  }
}
