/** The providers of the module's options, handlers and loggers. */
import type { FactoryProvider, Provider } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Handler } from '../../core/handler';
import { ConfigurationError } from '../../errors';
import { ApplicationLogs } from '../application/application-logs';
import { checkOptions, refuseUnknownHandlers, type CheckedOptions } from '../application/check-options';
import type {
  FactoryDependency,
  LoggingModuleAsyncOptions,
  LoggingModuleOptions,
  LoggingOptionsFactory,
  ReadyDefinition,
} from '../application/options';
import {
  getHandlerToken,
  getLoggerToken,
  injectedLoggerNames,
  LOGGING_HANDLERS,
  LOGGING_OPTIONS,
} from '../decorators/injection';
import { assertSameCore, nest } from '../nest';

/** A factory of the user may return anything. */
function checked(name: string, handler: unknown): Handler {
  if (
    typeof handler === 'object' &&
    handler !== null &&
    'handle' in handler &&
    typeof handler.handle === 'function'
  ) {
    return handler as Handler;
  }
  throw new ConfigurationError(
    `LoggingModule: "handlers.${name}" must provide a Handler, got ${String(handler)}.`,
  );
}

/** Sets the name for `getHandlerByName`, as dictConfig does, unless the handler has a name. */
function named(name: string, handler: unknown): Handler {
  const found = checked(name, handler);
  found.name ??= name;
  return found;
}

function providerOf(name: string, definition: ReadyDefinition): Provider {
  const provide = getHandlerToken(name);
  if ('useFactory' in definition) {
    const { useFactory, inject = [] } = definition;
    return { provide, useFactory, inject: [...inject] } as FactoryProvider;
  }
  if ('useClass' in definition) return { provide, useClass: definition.useClass };
  if ('useExisting' in definition) return { provide, useExisting: definition.useExisting };
  return { provide, useValue: definition };
}

function tokenOf(dependency: FactoryDependency): {
  readonly token: FactoryDependency;
  readonly optional: boolean;
} {
  if (typeof dependency === 'object' && 'token' in dependency && 'optional' in dependency) {
    return { token: dependency.token, optional: dependency.optional };
  }
  return { token: dependency, optional: false };
}

/** Looks up the dependencies of a definition: options that are created at the start come too late for Nest's own injection. */
async function resolveDefinition(definition: ReadyDefinition, moduleRef: ModuleRef): Promise<unknown> {
  const find = (token: FactoryDependency): unknown => moduleRef.get(token as string, { strict: false });
  if ('useFactory' in definition) {
    const dependencies = (definition.inject ?? []).map((dependency) => {
      const { token, optional } = tokenOf(dependency);
      try {
        return find(token);
      } catch (error) {
        if (optional) return undefined;
        throw error;
      }
    });
    return definition.useFactory(...(dependencies as never[]));
  }
  if ('useClass' in definition) return moduleRef.create(definition.useClass);
  return 'useExisting' in definition ? find(definition.useExisting) : definition;
}

/** One provider for each handler, and one for the map of all handlers. */
export function handlerProviders(options: CheckedOptions): Provider[] {
  const names = Object.keys(options.handlers);
  return [
    ...Object.entries(options.handlers).map(([name, definition]) => providerOf(name, definition)),
    {
      provide: LOGGING_HANDLERS,
      useFactory: (...handlers: unknown[]) =>
        new Map(names.map((name, i) => [name, named(name, handlers[i])])),
      inject: names.map(getHandlerToken),
    },
  ];
}

/** The same for options that are created at the start. `names` are the handlers that can be injected. */
export function lateHandlerProviders(names: readonly string[]): Provider[] {
  return [
    {
      provide: LOGGING_HANDLERS,
      inject: [LOGGING_OPTIONS, { token: nest().core.ModuleRef, optional: true }],
      useFactory: async (options: CheckedOptions, moduleRef: ModuleRef) => {
        assertSameCore(moduleRef);
        refuseUnknownHandlers('"handlerNames"', names, Object.keys(options.handlers));
        const handlers = new Map<string, Handler>();
        for (const [name, definition] of Object.entries(options.handlers)) {
          handlers.set(name, named(name, await resolveDefinition(definition, moduleRef)));
        }
        return handlers;
      },
    },
    ...names.map((name) => ({
      provide: getHandlerToken(name),
      useFactory: (handlers: ReadonlyMap<string, Handler>) => handlers.get(name),
      inject: [LOGGING_HANDLERS],
    })),
  ];
}

/** The provider of the options of `forRootAsync`. */
export function optionProviders({
  useFactory,
  useClass,
  useExisting,
  inject,
}: LoggingModuleAsyncOptions): Provider[] {
  const given = [useFactory, useClass, useExisting].filter((source) => source !== undefined);
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

/** One provider for each logger that is injected. */
export function loggerProviders(): Provider[] {
  return injectedLoggerNames().map((name) => ({
    provide: getLoggerToken(name),
    useFactory: (logs: ApplicationLogs) => logs.tree.getLogger(name),
    inject: [ApplicationLogs],
  }));
}
