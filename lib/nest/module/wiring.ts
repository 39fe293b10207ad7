/** The providers that connect an application with Nest: its logs, the hooks, and the steps of its lifecycle. */
import type {
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleInit,
  Provider,
  Type,
} from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import type { Handler } from '../../core/handler';
import { RequestMemoryHandler } from '../../scope/request-memory.handler';
import { ApplicationLogs } from '../application/application-logs';
import { applications, endApplication } from '../application/applications';
import type { CheckedOptions } from '../application/check-options';
import {
  getLoggerToken,
  injectedLoggerNames,
  LOGGING_HANDLERS,
  LOGGING_OPTIONS,
  onLoggerName,
} from '../decorators/injection';
import { installStartHooks } from '../hooks/application-start';
import { installExceptionHooks, installReportedErrorsHook } from '../hooks/errors';
import { ApolloErrorsPlugin, installSubscriptionsHook } from '../hooks/graphql';
import { mountRequestHook } from '../hooks/http-requests';
import { installMessageHooks } from '../hooks/message-handlers';
import { nestLoggerBridge } from '../logger/nest-logger-bridge';
import { assertSameCore, nest, reportSecondCommon } from '../nest';
import { KnownRoutes } from './known-routes';
import { LoggingHealthIndicator } from './logging-health-indicator';
import { LoggingService } from './logging.service';

const HOOKS = Symbol('nestjs-hindsight/hooks');
const ROUTES = Symbol('nestjs-hindsight/routes');
type Routed = readonly [HttpAdapterHost, ModulesContainer, ApplicationConfig];

/** Nest shuts our module down after all others, so that their last records are still written. */
export class HandlerLifecycleService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logs: ApplicationLogs;

  constructor(logs: ApplicationLogs) {
    this.#logs = logs;
  }

  /** If the worker cannot create its handlers, the application does not start. */
  async onModuleInit(): Promise<void> {
    await this.#logs.queue?.ready();
  }

  /** Waits for the code that awaits the application: only then can that code set the logger of a context. */
  onApplicationBootstrap(): void {
    setImmediate(() => {
      if (this.#logs.ended === undefined) nestLoggerBridge.started(this.#logs);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await endApplication(this.#logs);
  }
}

/** Provides one of our classes. Nest's decorators would load Nest together with this file. */
function providerOf(type: new (logs: ApplicationLogs) => object): Provider {
  return {
    provide: type,
    inject: [ApplicationLogs],
    useFactory: (logs: ApplicationLogs) => new type(logs),
  };
}

function createLogs(
  options: CheckedOptions,
  handlers: ReadonlyMap<string, Handler>,
  modules: ModulesContainer | undefined,
): ApplicationLogs {
  const logs = applications.add((tree) => new ApplicationLogs(tree, options, handlers), modules);
  if (modules !== undefined && applications.hasFailed(modules)) void endApplication(logs);
  return logs;
}

function optional(token: Type): { readonly token: Type; readonly optional: true } {
  return { token, optional: true };
}

/** The providers that do not depend on the options. Nest reads them before it creates any provider. */
export function sharedProviders(): Provider[] {
  installStartHooks();
  const { ApplicationConfig, HttpAdapterHost: adapterHost, ModulesContainer: modulesContainer } = nest().core;
  return [
    {
      provide: ApplicationLogs,
      inject: [LOGGING_OPTIONS, LOGGING_HANDLERS, optional(modulesContainer)],
      useFactory: createLogs,
    },
    {
      provide: RequestMemoryHandler,
      inject: [ApplicationLogs],
      useFactory: (logs: ApplicationLogs) => new RequestMemoryHandler(logs.memory),
    },
    {
      provide: HOOKS,
      inject: [ApplicationLogs, optional(adapterHost), optional(modulesContainer)],
      useFactory: installHooks,
    },
    {
      provide: ROUTES,
      inject: [ApplicationLogs, ...[adapterHost, modulesContainer, ApplicationConfig].map(optional)],
      useFactory: (logs: ApplicationLogs, ...[host, modules, config]: Routed) =>
        new KnownRoutes(logs, { host, modules, config }),
    },
    providerOf(HandlerLifecycleService),
    providerOf(LoggingService),
    providerOf(LoggingHealthIndicator),
    ApolloErrorsPlugin,
  ];
}

/** Nest waits for the hooks before it creates the handlers of messages and starts the modules. */
async function installHooks(
  logs: ApplicationLogs,
  host: HttpAdapterHost,
  modules: ModulesContainer,
): Promise<true> {
  assertSameCore(host);
  reportSecondCommon();
  const ourModule = [...modules.values()].find(({ providers }) => providers.has(HOOKS));
  if (ourModule !== undefined) prepareModule(logs, ourModule);
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
 * Provides loggers also for classes that are decorated after Nest has read the providers, such as those of a module that
 * LazyModuleLoader loads.
 */
function prepareModule(logs: ApplicationLogs, module: Module): void {
  // Nest shuts modules down by their distance. Ours must be the last, so that the handlers get all records.
  module.distance = Number.POSITIVE_INFINITY;
  const provide = (name: string): void => {
    const token = getLoggerToken(name);
    if (module.providers.has(token)) return;
    module.addProvider({ provide: token, useValue: logs.tree.getLogger(name) });
    module.exports.add(token);
  };
  for (const name of injectedLoggerNames()) provide(name);
  logs.atRelease(onLoggerName(provide));
}
