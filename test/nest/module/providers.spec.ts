import type { FactoryProvider, Provider } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../lib/logging';
import { checkOptions } from '../../../lib/nest/application/check-options';
import { handlerProviders, lateHandlerProviders } from '../../../lib/nest/module/providers';
import type { HandlerDefinition } from '../../../lib/nest/application/options';
import { getHandlerToken, LOGGING_HANDLERS } from '../../../lib/nest/decorators/injection';
import { CollectingHandler } from '../../../lib/testing';

function factoryOf(providers: readonly Provider[], token: string): FactoryProvider['useFactory'] {
  const found = providers.find((provider) => 'provide' in provider && provider.provide === token);
  return (found as FactoryProvider).useFactory;
}

/** A container with one provider, `clock`. */
const moduleRef = {
  get: (token: unknown) => {
    if (token === 'clock') return 'the clock';
    throw new Error(`no ${String(token)}`);
  },
  create: async (type: new () => Handler) => new type(),
} as unknown as ModuleRef;

async function resolveLate(
  handlers: Record<string, HandlerDefinition>,
): Promise<ReadonlyMap<string, Handler>> {
  const make = factoryOf(lateHandlerProviders([]), LOGGING_HANDLERS);
  return (await make(checkOptions({ handlers }), moduleRef)) as ReadonlyMap<string, Handler>;
}

describe('handlerProviders', () => {
  it('provides each handler under its token, and all of them by name', () => {
    const own = new CollectingHandler();
    const providers = handlerProviders(checkOptions({ handlers: { own } }));

    expect(providers[0]).toEqual({ provide: getHandlerToken('own'), useValue: own });
    expect(factoryOf(providers, LOGGING_HANDLERS)(own)).toEqual(new Map([['own', own]]));
  });
});

describe('lateHandlerProviders', () => {
  it('looks up the dependencies of a factory', async () => {
    const seen: unknown[] = [];
    const useFactory = (...dependencies: unknown[]): Handler => {
      seen.push(...dependencies);
      return new CollectingHandler();
    };

    await resolveLate({ made: { useFactory, inject: ['clock', { token: 'calendar', optional: true }] } });

    expect(seen).toEqual(['the clock', undefined]);
  });

  it('fails if a dependency is missing that is not optional', async () => {
    const useFactory = (): Handler => new CollectingHandler();

    await expect(resolveLate({ made: { useFactory, inject: ['calendar'] } })).rejects.toThrow('no calendar');
  });

  it('lets the container instantiate classes', async () => {
    const handlers = await resolveLate({ made: { useClass: CollectingHandler } });

    expect(handlers.get('made')).toBeInstanceOf(CollectingHandler);
  });
});
