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
} from '../../lib';
import { checkConfig, type CheckedConfig } from '../../lib/nest/check-config';
import { checkOptions } from '../../lib/nest/check-options';
import { CollectingHandler } from '../../lib/testing';
import { startNestApp } from '../support/nest-app';
import { tempDir } from '../support/temp-dir';

function check(config: object, options: LoggingModuleOptions = {}): CheckedConfig {
  return checkConfig({ ...options, config: { version: 1, ...config } }, Object.keys(options.handlers ?? {}));
}

describe('checkConfig', () => {
  it('makes loggers and a level of the module of it', () => {
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

  it('takes the logger without a name for the root, as Python', () => {
    expect(check({ loggers: { '': { level: 'ERROR' } } })).toMatchObject({
      level: 40,
      loggers: { root: {} },
    });
  });

  it('disables loggers only if it says so', () => {
    expect(check({ disable_existing_loggers: true }).disableExisting).toBe(true);
  });

  it('is nothing when there is none', () => {
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
    [{ incremental: true }, {}, 'LoggingModule: "config.incremental": there is nothing to change yet; '],
    [
      { handlers: { h: { class: 'NullHandler' } } },
      { handlers: { h: new CollectingHandler() } },
      'LoggingModule: "config.handlers.h": is in "handlers" too; say it in one place.',
    ],
    [
      { root: { level: 'INFO' } },
      { loggers: { root: { level: 'ERROR' } } },
      'LoggingModule: "config.loggers.root": is in "loggers" too; say it in one place.',
    ],
    [
      { root: { level: 'INFO' } },
      { level: 'ERROR' },
      `LoggingModule: "config.root.level": "level" says 'ERROR' already; say it in one place.`,
    ],
  ])('refuses %j with %j', (config, options, message) => {
    expect(() => check(config, options)).toThrow(message);
  });

  it('refuses names for a configuration that is not there', () => {
    expect(() => checkConfig({ configOptions: {} }, [])).toThrow(
      '"configOptions" is for "config", which is not given.',
    );
  });
});

describe('checkOptions with a config', () => {
  const config = { version: 1, handlers: { h: { class: 'NullHandler' } } };

  it('has no console handler beside the handlers of the config', () => {
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

  it('closes what it made when the config fails', () => {
    const filename = join(tempDir(), 'app.log');
    const handlers = { file: { class: 'FileHandler', filename, name: 'to be closed' } };
    const bad = { version: 1, handlers: { f: { class: 'FileHandler', filename: join(filename, 'x') } } };

    expect(() => checkOptions({ handlers, config: bad })).toThrow(
      'LoggingModule: "config.handlers.f": FileHandler: ',
    );
    expect(getHandlerByName('to be closed')).toBeUndefined();
  });

  it('makes nothing when another option is wrong', () => {
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

/** As Python programs have it, in a file of JSON. */
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

function linesOf(filename: string): string[] {
  return readFileSync(filename, 'utf8')
    .split('\n')
    .filter((line) => /^\w+ shop/.test(line));
}

describe('LoggingModule with a config', () => {
  it('writes requests where it says, with the story of those that fail', async () => {
    const filename = join(tempDir(), 'app.log');
    const config = JSON.parse(pythonJson(filename)) as { version: number };

    const shop = await startNestApp({ controllers: [Shop], logging: { handlers: {}, config } });
    expect(await shop.get('/orders/1')).toEqual({ status: 200, text: filename });
    expect(linesOf(filename)).toEqual(['INFO shop.orders order 1 asked for']);

    expect((await shop.get('/orders/13')).status).toBe(500);
    expect(linesOf(filename)).toEqual([
      'INFO shop.orders order 1 asked for',
      'INFO shop.orders order 13 asked for',
      'DEBUG shop.orders looking for 13',
    ]);
    expect(getHandlerByName('lonely')).toBeDefined();
  });

  it('closes its handlers with the application, and leaves the tree as it was', async () => {
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

  it('takes it from options that are made at start, and the story goes to a target it names', async () => {
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
    expect(linesOf(filename)[0]).toBe('DEBUG shop.orders looking for 13');
  });

  it('disables no logger that exists, unless it says so, and then until the application is closed', async () => {
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

  it('runs the listeners of its QueueHandlers as long as the application', async () => {
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

  it('adds filters, and takes them off again', async () => {
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

  it('refuses what is wrong when the module is put together', () => {
    const wrong = { version: 1, handlers: { f: { class: 'FileHandlr' } } };

    expect(() => LoggingModule.forRoot({ config: wrong })).toThrow(
      'LoggingModule: "config.handlers.f.class": "FileHandlr" is no handler and not in "factories", did you mean "FileHandler"?',
    );
  });
});
