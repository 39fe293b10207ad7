/** Checks the options of `LoggingModule` before anything is created. */
import { inspect } from 'node:util';
import { parseLevel } from '../../core/level';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../../core/shutdown';
import { ConfigurationError } from '../../errors';
import { checkedOptions, type OptionNames } from '../../internal/options';
import { isPlainObject } from '../../internal/foreign';
import type { LogQueue } from '../../queues';
import { compileScopeOptions } from '../../scope/compile-options';
import { SCOPE_SPEC, type CompiledScopeOptions } from '../../scope/options';
import { checkConfig, type CheckedLogger } from './check-config';
import {
  checkQueue,
  createHandlers,
  defaultHandler,
  defaultHandlerName,
  workerHandlers,
} from './create-handlers';
import type {
  LoggerOptions,
  LoggingModuleForRootOptions,
  LoggingModuleOptions,
  ReadyDefinition,
  RequestLogOptions,
} from './options';

/** Checked options with every default filled in. */
export interface CheckedOptions {
  readonly level: number;
  readonly handlers: Readonly<Record<string, ReadyDefinition>>;
  /** Names of the handlers that `config` describes. They are only on the loggers that `config` names. */
  readonly configured: readonly string[];
  readonly loggers: Readonly<Record<string, CheckedLogger>>;
  /** Disable existing loggers that are not in `loggers`. */
  readonly disableExisting: boolean;
  readonly nestLogger: boolean | 'auto';
  /** Undefined: `loggingSettings` decides. */
  readonly openTelemetry: boolean | undefined;
  /** Undefined: requests get no scope. */
  readonly scope: CompiledScopeOptions | undefined;
  /** Undefined: chosen from the handlers of the root. */
  readonly targets: readonly string[] | undefined;
  readonly shutdownTimeout: number;
  /** Between the loggers and the handlers. For a worker, `handlers` holds the QueueHandlers that send records to it. */
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

/** @throws ConfigurationError `ERR_LOG_UNKNOWN_HANDLER` that lists the known handlers. */
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
 * Returns the options with every default filled in.
 *
 * @throws ConfigurationError that names the option, the rule and the value.
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
  const fallback = defaultHandlerName(queue);
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
    // Last: wrong options must neither open a file nor start a worker.
    ...(queue === 'worker'
      ? workerHandlers(handlers, timeout)
      : { queue, handlers: isNone ? defaultHandler(queue) : createHandlers(handlers, config) }),
  };
}
