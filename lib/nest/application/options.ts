/** The options of `LoggingModule.forRoot` and `forRootAsync`. */
import type {
  DynamicModule,
  ForwardReference,
  InjectionToken,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { DictConfig } from '../../config/schema';
import type { DictConfigOptions } from '../../config/dict-config';
import type { HandlerData } from '../../config/registry';
import type { Handler } from '../../core/handler';
import type { LevelInput } from '../../core/level';
import type { LogQueue } from '../../queues';
import type { LogScopeOptions } from '../../scope/options';

export type FactoryDependency = InjectionToken | OptionalFactoryDependency;

export type ImportedModule = Type | DynamicModule | Promise<DynamicModule> | ForwardReference;

/** A handler that Nest creates with a factory function. */
export interface HandlerFactory {
  // Nest calls it with the providers of `inject`.
  readonly useFactory: (...dependencies: never[]) => Handler | Promise<Handler>;
  readonly inject?: readonly FactoryDependency[];
}

/** A handler class that Nest instantiates. It can inject other providers. */
export interface HandlerClass {
  readonly useClass: Type<Handler>;
}

/** A handler that another module provides. */
export interface HandlerAlias {
  readonly useExisting: InjectionToken;
}

/** A handler: an instance, one of Nest's three ways to provide it, or data such as `{ class: 'FileHandler', … }`. */
export type HandlerDefinition = ReadyDefinition | HandlerData;

/** A definition that Nest can provide without further work. */
export type ReadyDefinition = Handler | HandlerFactory | HandlerClass | HandlerAlias;

/** Options of one logger. */
export interface LoggerOptions {
  /** @defaultValue the level of the parent logger */
  readonly level?: LevelInput;
  /** Pass records on to the parent loggers. @defaultValue true */
  readonly propagate?: boolean;
  /** Names of `handlers`. @defaultValue none */
  readonly handlers?: readonly string[];
}

/** Options of the scopes of requests, and the handlers for their records. */
export interface RequestLogOptions extends LogScopeOptions {
  /**
   * The handlers that get the held records when a request fails: names of `handlers`.
   * @defaultValue the handlers of the root logger that write below `passThroughLevel`, or its first one
   */
  readonly target?: string | readonly string[];
}

export interface LoggingModuleOptions {
  /** Level of the root logger. @defaultValue DEBUG; INFO when `logIfErrors` is false */
  readonly level?: LevelInput;
  /**
   * Handlers by name. A handler that no logger of `loggers` names is on the root logger.
   * @defaultValue a StreamHandler on stdout: readable lines on a terminal, else JSON lines with `buffer: 'turn'`
   */
  readonly handlers?: Readonly<Record<string, HandlerDefinition>>;
  /** Loggers by name. `root` is the root logger. @defaultValue none */
  readonly loggers?: Readonly<Record<string, LoggerOptions>>;
  /**
   * Handlers, loggers and the root's level as one object for Python's dictConfig, for example parsed from JSON. Its handlers
   * are only on the loggers that it names. They can be injected and be targets, and are closed at shutdown like those of
   * `handlers`. Its loggers may name handlers of `handlers`. It must not repeat `level`, or names of `handlers` or `loggers`.
   *
   * `disable_existing_loggers` is false by default: loggers are created while files load, before Nest reads this option, and
   * Python's default would disable them. The listeners of QueueHandlers are started and stopped with the application,
   * unless `autoStart` is false.
   * @defaultValue none
   */
  readonly config?: DictConfig;
  /** Classes and functions that `config` may name, and values for `ext://`. @defaultValue none */
  readonly configOptions?: Omit<DictConfigOptions, 'manager'>;
  /**
   * Puts a queue between the loggers and the handlers. `'worker'`: the handlers run in a worker thread. Each must be data
   * (`{ class: … }`), and the application starts when the worker has created them. A queue object: the handlers get the
   * records in this process, between requests. Without `handlers`, records only go to the queue, for a listener elsewhere;
   * the handler's name is `queue`. At shutdown, after the last request, the queue is emptied and closed.
   * @defaultValue none
   */
  readonly queue?: 'worker' | LogQueue;
  /**
   * Whether the handlers get what Nest and the application log with Nest's `Logger`. `'auto'`: yes, if Nest uses its default
   * logger; a logger that the application set with `logger`, `app.useLogger()` or `setLogger()` is kept, and one line at the
   * start says so. `true`: yes, instead of the current logger, until `app.useLogger()` sets another one. `false`: no.
   * @defaultValue 'auto'
   */
  readonly nestLogger?: boolean | 'auto';
  /**
   * Add the ids of the active span to each record if `@opentelemetry/api` is installed. Applies to the whole process: sets
   * `loggingSettings.openTelemetry`. @defaultValue true
   */
  readonly openTelemetry?: boolean;
  /** How records of requests are held and written. `false`: requests get no scope. @defaultValue the defaults of scopes */
  readonly logIfErrors?: RequestLogOptions | false;
  /** How long a handler may take to flush, and then to close, at shutdown, in ms. @defaultValue 10_000 */
  readonly shutdownTimeout?: number;
}

export interface LoggingModuleForRootOptions extends LoggingModuleOptions {
  /** Modules with providers that the handlers inject. @defaultValue none */
  readonly imports?: readonly ImportedModule[];
  /**
   * Loggers and handlers can be injected everywhere. A module that is not global is closed before the modules that import
   * it. Handlers that cannot be opened again do not get the last records of these modules.
   * @defaultValue true
   */
  readonly isGlobal?: boolean;
}

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface LoggingOptionsFactory {
  createLoggingOptions(): LoggingModuleOptions | Promise<LoggingModuleOptions>;
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface LoggingModuleAsyncOptions {
  readonly imports?: readonly ImportedModule[];
  readonly inject?: readonly FactoryDependency[];
  readonly useFactory?: (...dependencies: never[]) => LoggingModuleOptions | Promise<LoggingModuleOptions>;
  readonly useClass?: Type<LoggingOptionsFactory>;
  readonly useExisting?: InjectionToken;
  /** Names of the handlers that `@InjectHandler` injects. Nest must know them before it starts. @defaultValue none */
  readonly handlerNames?: readonly string[];
  /** @defaultValue true */
  readonly isGlobal?: boolean;
}
