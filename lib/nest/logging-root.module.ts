/** The wiring behind LoggingModule: providers, and the hooks into Nest. */
import 'reflect-metadata';
import type { DynamicModule, Provider } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import type { Handler } from '../core/handler';
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { currentScope } from '../scope/current';
import { RequestMemoryHandler } from '../scope/request-memory.handler';
import { ApplicationLogs } from './application-logs';
import { checkOptions, FOR_ROOT_OPTIONS, type CheckedOptions } from './check-options';
import { thrownError, type OperationError } from './graphql-errors';
import { endApplication, HandlerLifecycleService } from './handler-lifecycle.service';
import { handlerProviders, lateHandlerProviders } from './handler-providers';
import { installStartHooks } from './hooks/application-start';
import { installExceptionHooks } from './hooks/exception-handlers';
import { installSubscriptionsHook } from './hooks/graphql-subscriptions';
import { installMessageHooks } from './hooks/message-handlers';
import { installReportedErrorsHook } from './hooks/reported-errors';
import { mountRequestHook } from './hooks/request-middleware';
import { KnownRoutes } from './known-routes';
import { applications } from './applications';
import { LoggingHealthIndicator } from './logging-health-indicator';
import type {
  FactoryDependency,
  LoggingModuleAsyncOptions,
  LoggingModuleForRootOptions,
  LoggingModuleOptions,
  LoggingOptionsFactory,
} from './logging.options';
import { LoggingService } from './logging.service';
import {
  askedLoggerNames,
  getHandlerToken,
  getLoggerToken,
  LOGGING_HANDLERS,
  LOGGING_OPTIONS,
  onLoggerAsked,
} from './logging.tokens';
import { nest } from './nest';
import { assertSameCore, reportSecondCommon } from './nest-copies';
import { nestLoggerBridge } from './nest-logger-bridge';

/** What `@Plugin()` of `@nestjs/apollo` leaves on a class, by which its driver finds plugins among all providers. */
const PLUGIN = 'graphql:plugin';

/** The subset of what Apollo hands to plugins that we need. */
interface OperationErrors {
  readonly errors: readonly OperationError[];
}

const listener = {
  didEncounterErrors: async ({ errors }: OperationErrors): Promise<void> => {
    const scope = currentScope();
    for (const error of errors) scope?.fail(thrownError(error));
  },
};

/**
 * Sees the Errors of GraphQL operations that no resolver of Nest threw, such as a null where the schema allows none. Without Apollo
 * nobody asks for this provider.
 */
export class ApolloErrorsPlugin {
  async requestDidStart(): Promise<typeof listener> {
    return listener;
  }
}

Reflect.defineMetadata(PLUGIN, true, ApolloErrorsPlugin);

const HOOKS = Symbol('nestjs-hindsight/hooks');
const ROUTES = Symbol('nestjs-hindsight/routes');
type Routed = readonly [HttpAdapterHost, ModulesContainer, ApplicationConfig];

const ASYNC_OPTIONS = {
  imports: true,
  inject: true,
  useFactory: true,
  useClass: true,
  useExisting: true,
  handlerNames: true,
  isGlobal: true,
} as const satisfies OptionNames<LoggingModuleAsyncOptions>;

interface Parts {
  readonly imports: DynamicModule['imports'];
  readonly isGlobal: boolean;
  readonly providers: readonly Provider[];
  /** Handlers that can be injected. */
  readonly handlerNames: readonly string[];
}

/** A class of ours; Nest's decorators would load Nest together with this file. */
function providerOf(type: new (logs: ApplicationLogs) => object): Provider {
  return {
    provide: type,
    inject: [ApplicationLogs],
    useFactory: (logs: ApplicationLogs) => new type(logs),
  };
}

function makeLogs(
  options: CheckedOptions,
  handlers: ReadonlyMap<string, Handler>,
  modules: ModulesContainer | undefined,
): ApplicationLogs {
  const logs = applications.add((tree) => new ApplicationLogs(tree, options, handlers), modules);
  if (modules !== undefined && applications.hasFailed(modules)) void endApplication(logs);
  return logs;
}

/** Nest asks for them before it makes any provider. */
function sharedProviders(): Provider[] {
  installStartHooks();
  const { ApplicationConfig, HttpAdapterHost: adapterHost, ModulesContainer: modulesContainer } = nest().core;
  return [
    {
      provide: ApplicationLogs,
      inject: [LOGGING_OPTIONS, LOGGING_HANDLERS, { token: modulesContainer, optional: true }],
      useFactory: makeLogs,
    },
    {
      provide: RequestMemoryHandler,
      inject: [ApplicationLogs],
      useFactory: (logs: ApplicationLogs) => new RequestMemoryHandler(logs.memory),
    },
    {
      provide: HOOKS,
      inject: [
        ApplicationLogs,
        { token: adapterHost, optional: true },
        { token: modulesContainer, optional: true },
      ],
      useFactory: installHooks,
    },
    {
      provide: ROUTES,
      inject: [
        ApplicationLogs,
        ...[adapterHost, modulesContainer, ApplicationConfig].map((token) => ({ token, optional: true })),
      ],
      useFactory: (logs: ApplicationLogs, ...[host, modules, config]: Routed) =>
        new KnownRoutes(logs, { host, modules, config }),
    },
    providerOf(HandlerLifecycleService),
    providerOf(LoggingService),
    providerOf(LoggingHealthIndicator),
    ApolloErrorsPlugin,
  ];
}

/** Nest waits for it before it makes the handlers of messages and starts the modules. */
async function installHooks(
  logs: ApplicationLogs,
  host: HttpAdapterHost,
  modules: ModulesContainer,
): Promise<true> {
  assertSameCore(host);
  reportSecondCommon();
  const root = [...modules.values()].find(({ metatype }) => metatype === LoggingRootModule);
  if (root !== undefined) {
    provideLateLoggers(logs, root);
    // Nest ends modules in the order of their distance: this one is the last, so that the handlers get all records.
    root.distance = Number.POSITIVE_INFINITY;
  }
  nestLoggerBridge.claim(logs);
  if (logs.options.scope === undefined) return true;
  applications.bind(modules, logs);
  installExceptionHooks();
  installReportedErrorsHook();
  mountRequestHook(host, logs);
  await installMessageHooks();
  await installSubscriptionsHook(modules);
  return true;
}

/**
 * Loggers of classes that were decorated after Nest had read the providers, such as those of a module that
 * LazyModuleLoader loads.
 */
function provideLateLoggers(logs: ApplicationLogs, root: Module): void {
  const provide = (name: string): void => {
    const token = getLoggerToken(name);
    if (root.providers.has(token)) return;
    root.addProvider({ provide: token, useValue: logs.tree.getLogger(name) });
    root.exports.add(token);
  };
  for (const name of askedLoggerNames()) provide(name);
  logs.atRelease(onLoggerAsked(provide));
}

function loggerProviders(): Provider[] {
  return askedLoggerNames().map((name) => ({
    provide: getLoggerToken(name),
    useFactory: (logs: ApplicationLogs) => logs.tree.getLogger(name),
    inject: [ApplicationLogs],
  }));
}

/** The provider of the options, for one of the three ways to make them. */
function optionProviders({
  useFactory,
  useClass,
  useExisting,
  inject,
}: LoggingModuleAsyncOptions): Provider[] {
  const given = [useFactory, useClass, useExisting].filter((way) => way !== undefined);
  if (given.length !== 1) {
    throw new ConfigurationError(
      `LoggingModule.forRootAsync: takes exactly one of useFactory, useClass and useExisting, got ${given.length}.`,
    );
  }
  if (useFactory !== undefined) {
    const make = useFactory as (
      ...dependencies: unknown[]
    ) => LoggingModuleOptions | Promise<LoggingModuleOptions>;
    return [
      {
        provide: LOGGING_OPTIONS,
        useFactory: async (...dependencies: unknown[]) => checkOptions(await make(...dependencies)),
        inject: [...(inject ?? [])],
      },
    ];
  }
  const token = (useExisting ?? useClass) as FactoryDependency;
  return [
    ...(useClass === undefined ? [] : [useClass]),
    {
      provide: LOGGING_OPTIONS,
      useFactory: async (factory: LoggingOptionsFactory) =>
        checkOptions(await factory.createLoggingOptions()),
      inject: [token],
    },
  ];
}

/** @internal */
export class LoggingRootModule {
  static withOptions(given: LoggingModuleForRootOptions): DynamicModule {
    const {
      imports = [],
      isGlobal = true,
      ...options
    } = checkedOptions('LoggingModule', given, FOR_ROOT_OPTIONS);
    const checked = checkOptions(options);
    return LoggingRootModule.assemble({
      imports: [...imports],
      isGlobal,
      providers: [{ provide: LOGGING_OPTIONS, useValue: checked }, ...handlerProviders(checked)],
      handlerNames: Object.keys(checked.handlers),
    });
  }

  static withLateOptions(given: LoggingModuleAsyncOptions): DynamicModule {
    const options = checkedOptions('LoggingModule.forRootAsync', given, ASYNC_OPTIONS);
    const { imports = [], isGlobal = true, handlerNames = [] } = options;
    return LoggingRootModule.assemble({
      imports: [...imports],
      isGlobal,
      providers: [...optionProviders(options), ...lateHandlerProviders(handlerNames)],
      handlerNames,
    });
  }

  /**
   * Providers and exports are getters: Nest reads them when it scans the modules, and by then every class that asks for
   * a logger has been decorated, also those that come after the call of `forRoot`.
   */
  private static assemble({ imports = [], isGlobal, providers, handlerNames }: Parts): DynamicModule {
    return {
      module: LoggingRootModule,
      global: isGlobal,
      imports,
      get providers(): Provider[] {
        return [...providers, ...sharedProviders(), ...loggerProviders()];
      },
      get exports(): NonNullable<DynamicModule['exports']> {
        return [
          RequestMemoryHandler,
          LoggingService,
          LoggingHealthIndicator,
          ...handlerNames.map(getHandlerToken),
          ...askedLoggerNames().map(getLoggerToken),
        ];
      },
    };
  }
}
