/** Makes the handlers of the module's options Nest providers. */
import type { FactoryProvider, Provider } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Handler } from '../core/handler';
import { ConfigurationError } from '../errors';
import { refuseUnknownHandlers, type CheckedOptions } from './check-options';
import type { FactoryDependency, ReadyDefinition } from './logging.options';
import { getHandlerToken, LOGGING_HANDLERS, LOGGING_OPTIONS } from './logging.tokens';
import { nest } from './nest';
import { assertSameCore } from './nest-copies';

/** A provider made from outside may turn out to be anything. */
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

/** Found by `getHandlerByName`, as dictConfig does it, unless it has a name of its own. */
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

/** Options that are known only at start name their dependencies too late for Nest, so these are looked up. */
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

/** One provider for each handler, and one for all of them by name. */
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

/** The same for options that are known only at start; `names` are those that can be injected. */
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
