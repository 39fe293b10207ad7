import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  getHandlerByName,
  getHandlerToken,
  getLogger,
  InjectHandler,
  InjectLogger,
  LoggingModule,
  type FileHandler,
  type Handler,
  type Logger,
  type LoggingModuleOptions,
} from '../../../lib';
import { checkConfig, type CheckedConfig } from '../../../lib/nest/application/check-config';
import { checkOptions } from '../../../lib/nest/application/check-options';
import { CollectingHandler } from '../../../lib/testing';
import { startNestApp } from '../../support/nest-app';
import { tempDir } from '../../support/temp-dir';

function check(config: object, options: LoggingModuleOptions = {}): CheckedConfig {
  return checkConfig({ ...options, config: { version: 1, ...config } }, Object.keys(options.handlers ?? {}));
}

describe('checkConfig', () => {
  it('reads the loggers and the root level', () => {
    const config = check({
      handlers: { h: { class: 'NullHandler' } },
      loggers: { shop: { level: 'ERROR', propagate: false, handlers: ['h'] } },
      root: { level: 'INFO', handlers: ['h'] },
    });

    expect(config).toMatchObject({
      handlerNames: ['h'],
      level: 20,
      disableExisting: false,
      loggers: {
        shop: { level: 40, propagate: false, handlers: ['h'], filters: [] },
        root: { handlers: ['h'] },
      },
    });
    expect(config.createHandlers()['h']?.constructor.name).toBe('NullHandler');
  });

  it('uses the logger without a name as the root logger, as Python does', () => {
    expect(check({ loggers: { '': { level: 'ERROR' } } })).toMatchObject({
      level: 40,
      loggers: { root: {} },
    });
  });

  it('disables existing loggers only with disable_existing_loggers: true', () => {
    expect(check({ disable_existing_loggers: true }).disableExisting).toBe(true);
  });

  it('returns nothing without a config', () => {
    const nothing = checkConfig({}, []);

    expect(nothing).toMatchObject({ handlerNames: [], loggers: {}, level: undefined });
    expect(nothing.createHandlers()).toEqual({});
  });

  it.each<[object, LoggingModuleOptions, string]>([
    [{ version: 2 }, {}, 'LoggingModule: "config.version" must be 1, got 2.'],
    [
      { handlers: { h: { class: 'RotatingFileHandler', filenam: 'x' } } },
      {},
      'LoggingModule: "config.handlers.h": unknown option "filenam", did you mean "filename"?',
    ],
    [
      { incremental: true },
      {},
      'LoggingModule: "config.incremental": nothing is configured yet that could be changed; ',
    ],
    [
      { handlers: { h: { class: 'NullHandler' } } },
      { handlers: { h: new CollectingHandler() } },
      'LoggingModule: "config.handlers.h": is also in "handlers"; keep one of them.',
    ],
    [
      { root: { level: 'INFO' } },
      { loggers: { root: { level: 'ERROR' } } },
      'LoggingModule: "config.loggers.root": is also in "loggers"; keep one of them.',
    ],
    [
      { root: { level: 'INFO' } },
      { level: 'ERROR' },
      `LoggingModule: "config.root.level": the option "level" is 'ERROR'; keep one of them.`,
    ],
  ])('refuses %j with %j', (config, options, message) => {
    expect(() => check(config, options)).toThrow(message);
  });

  it('refuses configOptions without config', () => {
    expect(() => checkConfig({ configOptions: {} }, [])).toThrow('"configOptions" needs "config".');
  });
});

describe('checkOptions with a config', () => {
  const config = { version: 1, handlers: { h: { class: 'NullHandler' } } };

  it('adds no console handler to the handlers of the config', () => {
    expect(checkOptions({ config })).toMatchObject({ configured: ['h'] });
    expect(Object.keys(checkOptions({ config }).handlers)).toEqual(['h']);
    expect(Object.keys(checkOptions({ config: { version: 1 } }).handlers)).toEqual(['console']);
  });

  it('merges handlers and loggers', () => {
    const mail = new CollectingHandler();

    const options = checkOptions({
      config: { ...config, root: { level: 'ERROR', handlers: ['h', 'mail'] } },
      handlers: { mail },
      loggers: { audit: { handlers: ['h'] } },
    });

    expect(options).toMatchObject({
      level: 40,
      handlers: { mail, h: {} },
      loggers: { root: { handlers: ['h', 'mail'] }, audit: { handlers: ['h'] } },
    });
  });

  it('closes its handlers if those of the config cannot be created', () => {
    const filename = join(tempDir(), 'app.log');
    const handlers = { file: { class: 'FileHandler', filename, name: 'to be closed' } };
    const bad = { version: 1, handlers: { f: { class: 'FileHandler', filename: join(filename, 'x') } } };

    expect(() => checkOptions({ handlers, config: bad })).toThrow(
      'LoggingModule: "config.handlers.f": FileHandler: ',
    );
    expect(getHandlerByName('to be closed')).toBeUndefined();
  });

  it('creates nothing if another option is wrong', () => {
    const filename = join(tempDir(), 'app.log');
    const file = { version: 1, handlers: { f: { class: 'FileHandler', filename } } };

    expect(() => checkOptions({ config: file, shutdownTimeout: -1 })).toThrow('"shutdownTimeout"');
    expect(() => checkOptions({ config: file, logIfErrors: { target: 'g' } })).toThrow('known are f.');
    expect(existsSync(filename)).toBe(false);
  });
});

@Controller()
class Shop {
  constructor(
    @InjectLogger('shop.orders') private readonly logger: Logger,
    @InjectHandler('file') private readonly file: Handler,
  ) {}

  @Get('orders/:id')
  order(@Param('id') id: string): string {
    this.logger.debug('looking for %s', id);
    this.logger.info('order %s asked for', id);
    if (id === '13') throw new Error('no such order');
    return (this.file as FileHandler).baseFilename;
  }
}

/** A configuration of a Python program, parsed from JSON. */
function pythonJson(filename: string): string {
  return JSON.stringify({
    version: 1,
    formatters: { line: { format: '%(levelname)s %(name)s %(message)s' } },
    handlers: {
      file: {
        class: 'logging.handlers.RotatingFileHandler',
        filename,
        maxBytes: 1_000_000,
        backupCount: 3,
        formatter: 'line',
      },
      lonely: { class: 'logging.NullHandler' },
    },
    root: { level: 'DEBUG', handlers: ['file'] },
  });
}

function shopLinesOf(filename: string): string[] {
  return readFileSync(filename, 'utf8')
    .split('\n')
    .filter((line) => /^\w+ shop/.test(line));
}

describe('LoggingModule with a config', () => {
  it('writes requests to its handlers, with all records of those that fail', async () => {
    const filename = join(tempDir(), 'app.log');
    const config = JSON.parse(pythonJson(filename)) as { version: number };

    const shop = await startNestApp({ controllers: [Shop], logging: { handlers: {}, config } });
    expect(await shop.get('/orders/1')).toEqual({ status: 200, text: filename });
    expect(shopLinesOf(filename)).toEqual(['INFO shop.orders order 1 asked for']);

    expect((await shop.get('/orders/13')).status).toBe(500);
    expect(shopLinesOf(filename)).toEqual([
      'INFO shop.orders order 1 asked for',
      'INFO shop.orders order 13 asked for',
      'DEBUG shop.orders looking for 13',
    ]);
    expect(getHandlerByName('lonely')).toBeDefined();
  });

  it('closes its handlers with the application, and restores the tree', async () => {
    const filename = join(tempDir(), 'app.log');
    const [atFirst, level] = [[...getLogger().handlers], getLogger().level];
    const shop = await startNestApp({
      controllers: [Shop],
      logging: { handlers: {}, config: JSON.parse(pythonJson(filename)) as { version: number } },
    });
    const file = shop.app.get<Handler>(getHandlerToken('file'));

    await shop.app.close();

    expect(file.closed).toBe(true);
    expect([getLogger().handlers, getLogger().level]).toEqual([atFirst, level]);
  });

  it('can be in options of forRootAsync, and its handlers can be targets', async () => {
    const filename = join(tempDir(), 'app.log');
    const seen = new CollectingHandler();
    const app = await NestFactory.create(
      {
        module: class AppModule {},
        controllers: [Shop],
        imports: [
          LoggingModule.forRootAsync({
            handlerNames: ['file', 'seen'],
            inject: ['filename'],
            imports: [
              {
                module: class Names {},
                providers: [{ provide: 'filename', useValue: filename }],
                exports: ['filename'],
              },
            ],
            useFactory: (path: string) => ({
              config: JSON.parse(pythonJson(path)) as { version: number },
              handlers: { seen },
              logIfErrors: { target: 'seen' },
            }),
          }),
        ],
      },
      { logger: false, abortOnError: false },
    );
    onTestFinished(async () => app.close());
    await app.listen(0, '127.0.0.1');

    const response = await fetch(`${await app.getUrl()}/orders/13`);

    expect(response.status).toBe(500);
    await expect.poll(() => seen.messages).toContain('looking for 13');
    expect(shopLinesOf(filename)[0]).toBe('DEBUG shop.orders looking for 13');
  });

  it('disables existing loggers only if it says so, until the application is closed', async () => {
    const early = getLogger('made.while.loading');
    const start = async (config: object): ReturnType<typeof startNestApp> =>
      startNestApp({ logging: { handlers: {}, config: { version: 1, ...config } } });
    const handlers = { h: { class: 'NullHandler' } };

    const first = await start({ handlers });
    expect(early.disabled).toBe(false);
    await first.app.close();

    const second = await start({ handlers, disable_existing_loggers: true, loggers: { shop: {} } });
    expect([early.disabled, getLogger('shop').disabled]).toEqual([true, false]);
    await second.app.close();
    expect(early.disabled).toBe(false);
  });

  it('runs the listeners of its QueueHandlers until the application is closed', async () => {
    const filename = join(tempDir(), 'app.log');
    const shop = await startNestApp({
      logging: {
        handlers: {},
        logIfErrors: false,
        config: {
          version: 1,
          handlers: {
            queue: { class: 'logging.handlers.QueueHandler', handlers: ['file'] },
            file: { class: 'logging.FileHandler', filename },
          },
          root: { handlers: ['queue'] },
        },
      },
    });
    getLogger('shop').info('the last words');

    await shop.app.close();

    expect(readFileSync(filename, 'utf8')).toMatch(/the last words\n$/);
  });

  it('adds filters, and removes them when the application is closed', async () => {
    const seen = new CollectingHandler();
    const shop = await startNestApp({
      logging: {
        handlers: { seen },
        logIfErrors: false,
        config: {
          version: 1,
          filters: { f: { '()': 'app.no_secrets' } },
          loggers: { shop: { filters: ['f'] } },
        },
        configOptions: {
          factories: { 'app.no_secrets': () => (record: { msg: unknown }) => record.msg !== 'secret' },
        },
      },
    });
    const logger = getLogger('shop');
    logger.info('secret');
    logger.info('known');

    expect(seen.messages).toContain('known');
    expect(seen.messages).not.toContain('secret');
    await shop.app.close();
    expect(logger.filters).toEqual([]);
  });

  it('refuses wrong configurations in forRoot', () => {
    const wrong = { version: 1, handlers: { f: { class: 'FileHandlr' } } };

    expect(() => LoggingModule.forRoot({ config: wrong })).toThrow(
      'LoggingModule: "config.handlers.f.class": "FileHandlr" is no handler and not in "factories", did you mean "FileHandler"?',
    );
  });
});
