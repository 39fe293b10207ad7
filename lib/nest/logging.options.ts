/** What `LoggingModule.forRoot` and `forRootAsync` take. */
import type {
  DynamicModule,
  ForwardReference,
  InjectionToken,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { DictConfig } from '../config/schema';
import type { DictConfigOptions } from '../config/dict-config';
import type { HandlerData } from '../config/registry';
import type { Handler } from '../core/handler';
import type { LevelInput } from '../core/level';
import type { LogQueue } from '../queues';
import type { LogScopeOptions } from '../scope/options';

export type FactoryDependency = InjectionToken | OptionalFactoryDependency;

export type ImportedModule = Type | DynamicModule | Promise<DynamicModule> | ForwardReference;

/** Made by Nest from its dependencies. */
export interface HandlerFactory {
  // Nest calls it with whatever the tokens of `inject` stand for.
  readonly useFactory: (...dependencies: never[]) => Handler | Promise<Handler>;
  readonly inject?: readonly FactoryDependency[];
}

/** A class that Nest instantiates, so that it can inject other providers. */
export interface HandlerClass {
  readonly useClass: Type<Handler>;
}

/** A handler that another module provides. */
export interface HandlerAlias {
  readonly useExisting: InjectionToken;
}

/** A handler: an instance, one of Nest's three ways to provide it, or data such as `{ class: 'FileHandler', … }`. */
export type HandlerDefinition = ReadyDefinition | HandlerData;

/** What Nest can provide as it is. */
export type ReadyDefinition = Handler | HandlerFactory | HandlerClass | HandlerAlias;

/** One logger of the tree. */
export interface LoggerOptions {
  /** @defaultValue that of the logger above */
  readonly level?: LevelInput;
  /** Hand records on to the loggers above. @defaultValue true */
  readonly propagate?: boolean;
  /** Names of `handlers`. @defaultValue none of its own */
  readonly handlers?: readonly string[];
}

/** The options of the requests' scopes, and where their records go. */
export interface RequestLogOptions extends LogScopeOptions {
  /**
   * The handlers that get what was held back when a request fails: names of `handlers`.
   * @defaultValue the handlers of the root logger that write below `passThroughLevel`, or its first one
   */
  readonly target?: string | readonly string[];
}

export interface LoggingModuleOptions {
  /** Level of the root logger. @defaultValue DEBUG; INFO when `logIfErrors` is false */
  readonly level?: LevelInput;
  /**
   * Handlers by name. One that no logger of `loggers` names is put on the root.
   * @defaultValue a StreamHandler on stdout; where that is no terminal, JSON lines with `buffer: 'turn'`
   */
  readonly handlers?: Readonly<Record<string, HandlerDefinition>>;
  /** Loggers by name; `root` is the root. @defaultValue none */
  readonly loggers?: Readonly<Record<string, LoggerOptions>>;
  /**
   * Handlers, loggers and the root's level as one object of Python's dictConfig, also straight from JSON. Its handlers are
   * only where it puts them; they can be injected, be targets, and are closed at shutdown like those of `handlers`. Its
   * loggers may name handlers of `handlers`. What is in it may not be in `level`, `handlers` or `loggers` too.
   *
   * `disable_existing_loggers` is false here unless it says true: loggers are made while files are loaded, before Nest
   * reads this, and Python's default would silence them. The listeners of QueueHandlers are started and stopped with the
   * application, unless `autoStart` is false.
   * @defaultValue none
   */
  readonly config?: DictConfig;
  /** What `config` may name: classes and functions, and values for `ext://`. @defaultValue none */
  readonly configOptions?: Omit<DictConfigOptions, 'manager'>;
  /**
   * Puts a queue between the loggers and the handlers. `'worker'`: they run in a worker thread, so each must be data
   * (`{ class: … }`), and the application starts when the worker has them. A queue: its records are handled here, between
   * requests; without `handlers` they go to whoever listens to the queue, and loggers name the handler `queue`. Handled and
   * closed at shutdown, after the last request.
   * @defaultValue none
   */
  readonly queue?: 'worker' | LogQueue;
  /**
   * Whether what Nest and the application log through Nest's `Logger` goes to the handlers. `'auto'`: if Nest has its own
   * default logger; one that the application gave with `logger`, `app.useLogger()` or `setLogger()` is left in place, and
   * one line at the start says so. `true`: the handlers get it in place of the logger that is there, until
   * `app.useLogger()` sets another one. `false`: Nest's logger is left as it is. @defaultValue 'auto'
   */
  readonly nestLogger?: boolean | 'auto';
  /**
   * Put the ids of the active span on each record where `@opentelemetry/api` is installed. Of the whole process: it is
   * `loggingSettings.openTelemetry`. @defaultValue true
   */
  readonly openTelemetry?: boolean;
  /** How requests are held back and written; false gives no request a scope. @defaultValue every default of the scopes */
  readonly logIfErrors?: RequestLogOptions | false;
  /** How long a handler may take to flush, and again to close, at shutdown; ms. @defaultValue 10_000 */
  readonly shutdownTimeout?: number;
}

export interface LoggingModuleForRootOptions extends LoggingModuleOptions {
  /** Modules whose providers the handlers inject. @defaultValue none */
  readonly imports?: readonly ImportedModule[];
  /**
   * Loggers and handlers can be injected everywhere. A module that is not global is closed before the modules it is
   * imported into further up, whose last records then come too late for handlers that cannot be opened again.
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
  /** Handlers to be injected with `@InjectHandler`, whose names Nest must know beforehand. @defaultValue none */
  readonly handlerNames?: readonly string[];
  /** @defaultValue true */
  readonly isGlobal?: boolean;
}
