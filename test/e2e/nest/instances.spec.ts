import 'reflect-metadata';
import {
  Controller,
  Get,
  Logger as NestLog,
  Module,
  type DynamicModule,
  type LoggerService,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  getLogger,
  getLoggerToken,
  InjectLogger,
  LoggingModule,
  RequestMemoryHandler,
  runInScope,
  type Logger,
} from '../../../lib';
import { CollectingHandler } from '../../../lib/testing';
import { startNestApp } from '../../support/nest-app';
import { until } from '../../support/until';

const standard = Reflect.get(NestLog, 'staticInstanceRef') as LoggerService;

/** The Test module does not remove its own logger. */
function restoreNestLogger(): void {
  NestLog.overrideLogger(standard);
}

function raise(error: Error): never {
  throw error;
}

const broken = new Error('broken on purpose');

@Controller('shop')
class ShopController {
  constructor(
    @InjectLogger('shop') private readonly logger: Logger,
    private readonly memory: RequestMemoryHandler,
  ) {}

  @Get('broken')
  broken(): string {
    this.logger.debug('by the injected logger');
    getLogger('shop').debug('by getLogger');
    new NestLog('shop').debug('by the logger of Nest');
    throw broken;
  }

  @Get('memory')
  read(): string[] {
    this.logger.debug('held');
    return this.memory.buffer.map((record) => record.getMessage());
  }

  @Get('flush')
  flush(): string {
    this.logger.debug('first');
    this.memory.flush();
    this.logger.debug('second');
    return 'fine';
  }
}

@Module({ imports: [LoggingModule], controllers: [ShopController] })
class ShopModule {}

const quiet = { logIfErrors: { requestRecord: false, dumpRecord: false } };
const DUMP = [
  'DEBUG shop by the injected logger',
  'DEBUG shop by getLogger',
  'DEBUG shop by the logger of Nest',
  'ERROR ExceptionsHandler broken on purpose',
];

describe('Two applications in one process', () => {
  it('do not mix', async () => {
    const first = await startNestApp({ imports: [ShopModule], logging: quiet });
    const second = await startNestApp({ imports: [ShopModule], logging: quiet });
    first.seen.clear();

    await Promise.all([first.get('/shop/broken'), second.get('/shop/broken'), second.get('/shop/broken')]);

    expect(first.lines).toEqual(DUMP);
    expect(second.lines).toHaveLength(8);
    expect(second.lines.toSorted()).toEqual([...DUMP, ...DUMP].toSorted());
  });

  it('leave the loggers as they were when all of them are closed', async () => {
    const root = getLogger();
    const before = { level: root.level, handlers: [...root.handlers] };
    const [first, second] = [await startNestApp(), await startNestApp()];
    await first.app.close();
    const third = await startNestApp();

    await Promise.all([second.app.close(), third.app.close()]);

    expect({ level: root.level, handlers: root.handlers }).toEqual(before);
  });

  it.each([
    ['getLogger()', (message: string): void => getLogger('Job').info(message)],
    ['a Logger of Nest', (message: string): void => new NestLog('Job').log(message)],
    ['runInScope()', (message: string): void => runInScope({}, () => getLogger('Job').info(message))],
  ])('send what %s logs outside of requests to the newest running one', async (_what, log) => {
    const first = await startNestApp();
    const second = await startNestApp();
    first.seen.clear();

    log('while two are there');
    await first.app.close();
    log('while the first has gone');
    const third = await startNestApp();
    log('while a third is there');
    await third.app.close();
    log('while the second is alone');

    expect(first.lines).toEqual([]);
    expect(second.lines).toEqual([
      'INFO Job while two are there',
      'INFO Job while the first has gone',
      'INFO Job while the second is alone',
    ]);
    expect(third.lines).toEqual(['INFO Job while a third is there']);
  });

  it('have injected loggers of their own, also outside of requests', async () => {
    const [first, second] = [
      await startNestApp({ imports: [ShopModule], logging: { level: 'INFO' } }),
      await startNestApp({ imports: [ShopModule] }),
    ];
    const [ofFirst, ofSecond] = [first, second].map(({ app }) => app.get<Logger>(getLoggerToken('shop')));

    ofFirst?.info('to the first');
    ofFirst?.debug('below the level of the first');
    ofSecond?.info('to the second');
    getLogger('shop').setLevel('ERROR');
    onTestFinished(() => getLogger('shop').setLevel('NOTSET'));
    ofFirst?.info('below the level that getLogger() set, as it is the same tree');

    expect([ofFirst?.isEnabledFor('INFO'), ofSecond?.isEnabledFor('INFO')]).toEqual([false, true]);
    expect(first.lines).toEqual(['INFO shop to the first']);
    expect(second.lines).toEqual(['INFO shop to the second']);
  });

  it('use the levels of the application that gets the record', async () => {
    const first = await startNestApp({ logging: { level: 'ERROR', logIfErrors: false } });
    const second = await startNestApp({ logging: { level: 'DEBUG', logIfErrors: false } });
    const log = getLogger('Job');

    log.debug('to the second');
    const enabled = log.isEnabledFor('DEBUG');
    await second.app.close();
    log.debug('below the level of the first');

    expect(second.lines).toEqual(['DEBUG Job to the second']);
    expect(first.lines).toEqual([]);
    expect([enabled, log.isEnabledFor('DEBUG'), log.isEnabledFor('ERROR')]).toEqual([true, false, true]);
  });

  it.each([
    ['at once, before its handlers are there', (): never => raise(new Error('no database'))],
    [
      'later, when its handlers are there',
      async (): Promise<never> => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return raise(new Error('no database'));
      },
    ],
  ])('send nothing to one that could not create a provider %s', async (_when, useFactory) => {
    const alive = await startNestApp();
    const seen = new CollectingHandler();
    const close = vi.spyOn(seen, 'close');
    const App = {
      imports: [LoggingModule.forRoot({ handlers: { seen } })],
      providers: [{ provide: 'db', useFactory }],
    };

    await expect(NestFactory.create(App, { abortOnError: false })).rejects.toThrow('no database');
    await until(() => close.mock.calls.length > 0, { what: 'the close of its handlers' });
    seen.clear();
    getLogger('Job').info('by getLogger');
    NestLog.log('by Nest', 'Job');

    expect(seen.messages).toEqual([]);
    expect(alive.lines.slice(-2)).toEqual(['INFO Job by getLogger', 'INFO Job by Nest']);
  });

  it('send nothing to one that a test could not compile, nor to one that a test never closed', async () => {
    onTestFinished(restoreNestLogger);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const [failed, unclosed] = [new CollectingHandler(), new CollectingHandler()];
    const loggingTo = (seen: CollectingHandler): DynamicModule =>
      LoggingModule.forRoot({ handlers: { seen }, nestLogger: true, ...quiet });
    const broken = { provide: 'db', useFactory: (): never => raise(new Error('no database')) };
    const failing = Test.createTestingModule({ imports: [loggingTo(failed)], providers: [broken] });
    await expect(failing.compile()).rejects.toThrow('no database');
    const module = await Test.createTestingModule({ imports: [loggingTo(unclosed)] }).compile();
    onTestFinished(async () => module.close());
    await new Promise(setImmediate);
    unclosed.clear();
    failed.clear();
    const nest = await startNestApp({ logging: { nestLogger: true } });

    getLogger('Job').info('by getLogger');
    NestLog.log('by Nest', 'Job');

    expect(nest.lines).toEqual(['INFO Job by getLogger', 'INFO Job by Nest']);
    expect([failed.messages, unclosed.messages]).toEqual([[], expect.not.arrayContaining(['by getLogger'])]);
  });

  it('send nothing to one whose onModuleInit failed, while another one is running', async () => {
    const alive = await startNestApp();
    const seen = new CollectingHandler();
    const broken = {
      provide: 'db',
      useValue: { onModuleInit: (): never => raise(new Error('no migrations')) },
    };
    const App = { imports: [LoggingModule.forRoot({ handlers: { seen } })], providers: [broken] };
    const app = await NestFactory.create(App, { abortOnError: false });
    onTestFinished(async () => app.close());

    await expect(app.init()).rejects.toThrow('no migrations');
    await new Promise(setImmediate);
    seen.clear();
    getLogger('Job').info('by getLogger');
    NestLog.log('by Nest', 'Job');

    expect(seen.messages).toEqual([]);
    expect(alive.lines.slice(-2)).toEqual(['INFO Job by getLogger', 'INFO Job by Nest']);
  });
});

describe('LoggingModule in an application', () => {
  it('keeps two calls of forRoot apart, each with its own importers', async () => {
    const [billing, rest] = [new CollectingHandler(), new CollectingHandler()];

    @Controller('bills')
    class BillsController {
      constructor(@InjectLogger('bills') private readonly logger: Logger) {}

      @Get('broken')
      broken(): string {
        this.logger.debug('adding up');
        throw broken;
      }
    }
    @Module({
      imports: [LoggingModule.forRoot({ handlers: { billing }, isGlobal: false, ...quiet })],
      controllers: [BillsController],
    })
    class BillsModule {}
    const nest = await startNestApp({ seen: rest, imports: [ShopModule, BillsModule], logging: quiet });
    billing.clear();

    await nest.get('/bills/broken');
    await nest.get('/shop/broken');

    expect(billing.messages).toEqual(['adding up']);
    expect(nest.lines).toEqual(['ERROR ExceptionsHandler broken on purpose', ...DUMP]);
  });

  it('does not write lines twice if it is also imported without forRoot', async () => {
    const nest = await startNestApp({ imports: [ShopModule, LoggingModule], logging: quiet });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual(DUMP);
  });

  it('gives providers the records of the current request', async () => {
    const nest = await startNestApp({ imports: [ShopModule], logging: quiet });

    expect((await nest.get('/shop/memory')).text).toBe('["held"]');
    expect(nest.lines).toEqual([]);
    await nest.get('/shop/flush');

    expect(nest.lines).toEqual(['DEBUG shop first', 'DEBUG shop second']);
    expect(nest.seen.records[0]?.hindsight?.reason).toBe('manual');
    expect(nest.app.get(RequestMemoryHandler).buffer).toEqual([]);
  });

  it.each([
    ['with what goes through the logger of Nest, with nestLogger: true', true, DUMP],
    [
      'without what the logger of Nest keeps quiet in tests, by default',
      'auto',
      ['DEBUG shop by the injected logger', 'DEBUG shop by getLogger', 'ERROR http GET /shop/broken failed'],
    ],
  ] as const)('works in an application made by the Test module: %s', async (_what, nestLogger, dump) => {
    onTestFinished(restoreNestLogger);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const seen = new CollectingHandler();
    const module = await Test.createTestingModule({
      imports: [LoggingModule.forRoot({ handlers: { seen }, nestLogger, ...quiet }), ShopModule],
    }).compile();
    const app = module.createNestApplication();
    onTestFinished(async () => app.close());
    await app.init();
    seen.clear();

    await supertest(app.getHttpServer() as never)
      .get('/shop/broken')
      .expect(500);

    expect(seen.records.map((record) => `${record.levelname} ${record.name} ${record.getMessage()}`)).toEqual(
      dump,
    );
  });

  it('works in an application without HTTP', async () => {
    const seen = new CollectingHandler();
    const app = await NestFactory.createApplicationContext(LoggingModule.forRoot({ handlers: { seen } }), {
      bufferLogs: true,
      abortOnError: false,
    });

    getLogger('job').info('running');
    await app.close();

    // The first lines wait for app.useLogger(), which is called after the context is created.
    expect(seen.messages).toEqual(expect.arrayContaining(['Starting Nest application...', 'running']));
  });

  it('still writes what other modules log while they shut down', async () => {
    class Farewell implements OnApplicationShutdown {
      async onApplicationShutdown(): Promise<void> {
        await Promise.resolve();
        getLogger('shop').info('closed for today');
      }
    }
    const nest = await startNestApp({ providers: [Farewell] });
    let atClose: string[] = [];
    nest.seen.close = () => void (atClose = nest.lines);

    await nest.app.close();

    expect(atClose).toEqual(['INFO shop closed for today']);
  });

  it('opens no scopes for requests if logIfErrors is false', async () => {
    const nest = await startNestApp({ imports: [ShopModule], logging: { logIfErrors: false } });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual(['ERROR ExceptionsHandler broken on purpose']);
    expect((await nest.get('/shop/memory')).text).toBe('[]');
  });
});
