import 'reflect-metadata';
import { Inject, Injectable, Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  getHandlerByName,
  getHandlerToken,
  getLoggerToken,
  InjectHandler,
  InjectLogger,
  LoggingModule,
  RequestMemoryHandler,
  type Handler,
  type Logger,
  type LoggingModuleOptions,
  type LoggingOptionsFactory,
} from '../../../lib';
import { CollectingHandler } from '../../../lib/testing';

const PREFIX = Symbol('prefix');

@Injectable()
class PrefixedHandler extends CollectingHandler {
  constructor(@Inject(PREFIX) readonly prefix: string) {
    super();
  }
}

@Module({
  providers: [
    { provide: PREFIX, useValue: 'shop' },
    { provide: 'theirs', useClass: CollectingHandler },
  ],
  exports: [PREFIX, 'theirs'],
})
class PrefixModule {}

const own = new CollectingHandler();

/** The four forms of a handler. */
const handlers = {
  own,
  made: { useFactory: (prefix: string) => new PrefixedHandler(prefix), inject: [PREFIX] },
  injected: { useClass: PrefixedHandler },
  theirs: { useExisting: 'theirs' },
  data: { class: 'NullHandler', level: 'ERROR' },
} as const;

async function start(...imports: DynamicModule[]): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext({ imports }, { logger: false, abortOnError: false });
  onTestFinished(async () => app.close());
  return app;
}

/** The module with the providers. */
function rootOf({ imports }: DynamicModule): DynamicModule {
  return imports?.[0] as DynamicModule;
}

const lateHandlerNames = { handlerNames: Object.keys(handlers), imports: [PrefixModule] };

@Injectable()
class Options implements LoggingOptionsFactory {
  createLoggingOptions(): LoggingModuleOptions {
    return { handlers };
  }
}

@Module({ providers: [Options], exports: [Options] })
class OptionsModule {}

describe('LoggingModule', () => {
  it.each([
    ['forRoot', () => LoggingModule.forRoot({ handlers, imports: [PrefixModule] })],
    [
      'useFactory',
      () => LoggingModule.forRootAsync({ ...lateHandlerNames, useFactory: async () => ({ handlers }) }),
    ],
    ['useClass', () => LoggingModule.forRootAsync({ ...lateHandlerNames, useClass: Options })],
    [
      'useExisting',
      () =>
        LoggingModule.forRootAsync({
          ...lateHandlerNames,
          imports: [PrefixModule, OptionsModule],
          useExisting: Options,
        }),
    ],
  ])('provides handlers in all forms: %s', async (_way, module) => {
    const app = await start(module());

    const found = Object.keys(handlers).map((name) => app.get<Handler>(getHandlerToken(name)));

    expect(found[0]).toBe(own);
    expect(found.slice(1, 3).map((handler) => (handler as PrefixedHandler).prefix)).toEqual(['shop', 'shop']);
    expect(found[3]).toBe(app.get('theirs'));
    expect(found.map(({ constructor }) => constructor.name)).toEqual([
      'CollectingHandler',
      'PrefixedHandler',
      'PrefixedHandler',
      'CollectingHandler',
      'NullHandler',
    ]);
  });

  it('injects the dependencies of a factory of options', async () => {
    const app = await start(
      LoggingModule.forRootAsync({
        imports: [PrefixModule],
        inject: [PREFIX],
        useFactory: (prefix: string) => ({ handlers: { own }, loggers: { [prefix]: { level: 'ERROR' } } }),
      }),
    );

    expect(app.get<Logger>(getLoggerToken()).manager.getLogger('shop').level).toBe(40);
  });

  it('names handlers after their key in the options, unless they have a name', async () => {
    const named = new CollectingHandler({ name: 'its own' });

    await start(LoggingModule.forRoot({ handlers: { first: new CollectingHandler(), second: named } }));

    expect(getHandlerByName('first')).toBeInstanceOf(CollectingHandler);
    expect(getHandlerByName('its own')).toBe(named);
    expect(getHandlerByName('second')).toBeUndefined();
  });

  it('injects loggers and handlers everywhere, even into classes that are declared after forRoot', async () => {
    const module = LoggingModule.forRoot({ handlers: { own } });

    @Injectable()
    class LateService {
      @InjectLogger('by.property')
      readonly property!: Logger;

      constructor(
        @InjectLogger() readonly logger: Logger,
        @InjectHandler('own') readonly handler: Handler,
        readonly memory: RequestMemoryHandler,
      ) {}
    }

    @Module({ providers: [LateService], exports: [LateService] })
    class LateModule {}

    const app = await start(module, { module: LateModule });
    const service = app.get(LateService);

    expect([service.logger.name, service.property.name]).toEqual(['LateService', 'by.property']);
    expect(service.handler).toBe(own);
    expect(service.memory).toBe(app.get(RequestMemoryHandler));
  });

  it('does nothing if it is imported without forRoot', async () => {
    const app = await start({ module: LoggingModule });

    expect(() => app.get(RequestMemoryHandler)).toThrow(/could not find/i);
  });

  it('is available only in the modules that import it if it is not global', async () => {
    @Injectable()
    class Service {
      constructor(@InjectHandler('own') readonly handler: Handler) {}
    }
    @Module({ providers: [Service] })
    class ServiceModule {}
    const module = LoggingModule.forRoot({ handlers: { own }, isGlobal: false });

    await expect(start(module, { module: ServiceModule })).rejects.toThrow(
      /can't resolve dependencies of the Service/,
    );
    const app = await start({ module: ServiceModule, imports: [module] });

    expect(app.get(Service).handler).toBe(own);
  });

  it.each([
    [{}, 'takes exactly one of useFactory, useClass and useExisting, got 0.'],
    [
      { useFactory: () => ({}), useClass: Options },
      'takes exactly one of useFactory, useClass and useExisting, got 2.',
    ],
    [{ useFactory: () => ({}), names: [] }, 'unknown option "names"; known are handlerNames, imports, '],
  ])('refuses wrong options of forRootAsync: %j', (options, message) => {
    expect(() => LoggingModule.forRootAsync(options)).toThrow(
      `LoggingModule.forRootAsync: ${message}`.slice(0, -1),
    );
  });

  it('refuses wrong options of a factory when the application starts', async () => {
    const late = LoggingModule.forRootAsync({ useFactory: () => ({ level: 'LOUD' }) });

    await expect(start(late)).rejects.toThrow(`LoggingModule: "level": Unknown level: 'LOUD'`);
  });

  it('refuses handlerNames that the options do not have', async () => {
    const late = LoggingModule.forRootAsync({
      useFactory: () => ({ handlers: { own } }),
      handlerNames: ['file'],
    });

    await expect(start(late)).rejects.toThrow(
      '"handlerNames" names the handler "file", which "handlers" does not have',
    );
  });

  it('refuses a provider that does not return a handler', async () => {
    const wrong = LoggingModule.forRoot({ handlers: { own: { useFactory: () => 'a handler' as never } } });

    await expect(start(wrong)).rejects.toThrow(
      'LoggingModule: "handlers.own" must provide a Handler, got a handler.',
    );
  });

  it('is global unless isGlobal is false', () => {
    expect(rootOf(LoggingModule.forRoot())).toMatchObject({ global: true });
    expect(rootOf(LoggingModule.forRoot({ isGlobal: false }))).toMatchObject({ global: false });
    const late = LoggingModule.forRootAsync({ useFactory: () => ({}), isGlobal: false });
    expect(rootOf(late)).toMatchObject({ global: false });
  });

  it('exports the memory, the handlers, and each logger that is injected before Nest reads the exports', () => {
    const root = rootOf(LoggingModule.forRoot({ handlers: { own } }));
    const token = getLoggerToken('injected-after-forRoot');

    expect(root.exports).toEqual(
      expect.arrayContaining([RequestMemoryHandler, getHandlerToken('own'), getLoggerToken(), token]),
    );
    expect(root.providers).toContainEqual(expect.objectContaining({ provide: token }));
  });

  it('refuses wrong options of forRoot at once', () => {
    expect(() => LoggingModule.forRoot({ level: 'LOUD' })).toThrow('Unknown level');
  });
});
