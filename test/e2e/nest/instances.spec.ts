import 'reflect-metadata';
import {
  Controller,
  Get,
  Logger as NestLog,
  Module,
  type LoggerService,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { getLogger, InjectLogger, LoggingModule, RequestMemoryHandler, type Logger } from '../../../lib';
import { CollectingHandler } from '../../../lib/testing';
import { startNestApp } from '../../support/nest-app';

const standard = Reflect.get(NestLog, 'staticInstanceRef') as LoggerService;

/** The Test module leaves its own logger behind. */
function restoreNestLogger(): void {
  NestLog.overrideLogger(standard);
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
const STORY = [
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

    expect(first.lines).toEqual(STORY);
    expect(second.lines).toHaveLength(8);
    expect(second.lines.toSorted()).toEqual([...STORY, ...STORY].toSorted());
  });

  it('give the tree of getLogger to the one that is there alone', async () => {
    const root = getLogger();
    const before = { level: root.level, handlers: [...root.handlers] };
    const first = await startNestApp();
    const second = await startNestApp();

    getLogger('anywhere').info('to the first');
    await first.app.close();
    const third = await startNestApp();
    getLogger('anywhere').info('to the third');

    expect(first.lines).toContain('INFO anywhere to the first');
    expect(second.lines).not.toContain('INFO anywhere to the first');
    expect(third.lines).toContain('INFO anywhere to the third');
    await Promise.all([second.app.close(), third.app.close()]);
    expect({ level: root.level, handlers: root.handlers }).toEqual(before);
  });

  it('send what Nest logs outside of requests to the newest, until it is closed', async () => {
    const first = await startNestApp();
    const second = await startNestApp();
    first.seen.clear();

    NestLog.log('while both are there', 'Job');
    await second.app.close();
    NestLog.log('while one is there', 'Job');

    expect(second.lines).toContain('INFO Job while both are there');
    expect(first.lines).toEqual(['INFO Job while one is there']);
  });
});

describe('LoggingModule in an application', () => {
  it('keeps apart what two calls of forRoot configure, each with its own importers', async () => {
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
    expect(nest.lines).toEqual(['ERROR ExceptionsHandler broken on purpose', ...STORY]);
  });

  it('does not double lines when it is imported bare beside forRoot', async () => {
    const nest = await startNestApp({ imports: [ShopModule, LoggingModule], logging: quiet });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual(STORY);
  });

  it('gives providers the memory of the running request', async () => {
    const nest = await startNestApp({ imports: [ShopModule], logging: quiet });

    expect((await nest.get('/shop/memory')).text).toBe('["held"]');
    expect(nest.lines).toEqual([]);
    await nest.get('/shop/flush');

    expect(nest.lines).toEqual(['DEBUG shop first', 'DEBUG shop second']);
    expect(nest.seen.records[0]?.hindsight?.reason).toBe('manual');
    expect(nest.app.get(RequestMemoryHandler).buffer).toEqual([]);
  });

  it.each([
    ['with what goes through the logger of Nest, with nestLogger: true', true, STORY],
    [
      'without what the logger of Nest keeps quiet in tests, by default',
      'auto',
      ['DEBUG shop by the injected logger', 'DEBUG shop by getLogger', 'ERROR http GET /shop/broken failed'],
    ],
  ] as const)('works in an application made by the Test module: %s', async (_what, nestLogger, story) => {
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
      story,
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

    // The first lines wait for app.useLogger(), which comes when the context is there.
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

  it('gives requests no scope when logIfErrors is false', async () => {
    const nest = await startNestApp({ imports: [ShopModule], logging: { logIfErrors: false } });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual(['ERROR ExceptionsHandler broken on purpose']);
    expect((await nest.get('/shop/memory')).text).toBe('[]');
  });
});
