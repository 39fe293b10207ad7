import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  checkSettings,
  construct,
  createHandler,
  HANDLER_NAMES,
  HANDLER_ROWS,
  isHandlerData,
  keysOf,
  rowNamed,
  rowOf,
  type HandlerData,
} from '../../lib/config/registry';
import type { Settings } from '../../lib/config/schema';
import * as handlers from '../../lib/handlers';
import {
  BufferingHandler,
  dictConfig,
  ERROR,
  FileHandler,
  Handler,
  Manager,
  MemoryHandler,
  NullHandler,
  RotatingFileHandler,
  StreamHandler,
  TimedRotatingFileHandler,
  WARNING,
  WatchedFileHandler,
} from '../../lib/logging';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

describe('createHandler', () => {
  it.each([
    [{ class: 'StreamHandler', stream: 'stdout' }, StreamHandler],
    [{ class: 'NullHandler' }, NullHandler],
    [{ class: 'BufferingHandler', capacity: 10 }, BufferingHandler],
    [{ class: 'MemoryHandler', capacity: 10, flushLevel: 'WARNING' }, MemoryHandler],
  ])('makes the handler of %j', (data, type) => {
    const handler = createHandler(data);

    expect(handler.constructor).toBe(type);
  });

  it.each([
    [{ class: 'WatchedFileHandler', delay: true }, WatchedFileHandler],
    [{ class: 'RotatingFileHandler', maxBytes: 1000, backupCount: 2 }, RotatingFileHandler],
    [{ class: 'TimedRotatingFileHandler', when: 'midnight', utc: true }, TimedRotatingFileHandler],
  ])('makes the file handler of %j', async (data, type) => {
    const handler = createHandler({ ...data, filename: join(tempDir(), 'app.log') });
    await handler.close();

    expect(handler.constructor).toBe(type);
  });

  it('hands the options to the class', () => {
    const filename = join(tempDir(), 'app.log');

    const handler = createHandler({
      class: 'FileHandler',
      filename,
      level: 'ERROR',
      terminator: '|',
      formatter: 'text',
    });
    handler.handle(some.record({ message: 'order placed', name: 'shop' }));

    expect(handler).toBeInstanceOf(FileHandler);
    expect(handler.level).toBe(ERROR);
    expect(readFileSync(filename, 'utf8')).toMatch(/^[\d-]+ [\d:,]+ INFO shop: order placed\|$/);
  });

  it("takes Python's names of classes and keywords, and its None", () => {
    const handler = createHandler({
      class: 'logging.handlers.MemoryHandler',
      capacity: 3,
      flush_level: 'WARNING',
      level: null,
      max_buffered: null,
    });

    expect(handler).toMatchObject({ capacity: 3, flushLevel: WARNING, level: 0, maxBuffered: 10_000 });
  });

  it('writes to standard error unless told otherwise', () => {
    expect((createHandler({ class: 'StreamHandler' }) as StreamHandler).stream).toBe(process.stderr);
  });

  it.each<[HandlerData, string]>([
    [{ class: 'TapeHandler' }, `"class" must be one of StreamHandler, FileHandler, WatchedFileHandler, `],
    [
      { class: 'NullHandler', tape: 1 },
      'NullHandler: unknown option "tape"; known are filters, formatter, level, name.',
    ],
    [
      { class: 'StreamHandler', stream: 7 },
      `StreamHandler: "stream" must be a stream: an object with a write(text) method; in a configuration also `,
    ],
    [{ class: 'FileHandler' }, 'FileHandler: "filename" must be a string or a file URL, got undefined.'],
    [{ class: 'NullHandler', formatter: 'xml' as never }, '"formatter" must be one of json, '],
    [{ class: 'NullHandler', level: 'LOUD' }, `Unknown level: 'LOUD'`],
  ])('refuses %j', (data, message) => {
    expect(() => createHandler(data)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }) as Error,
    );
    expect(() => createHandler(data)).toThrow(message);
  });
});

describe('rowNamed', () => {
  it('knows each class by its name here and in Python', () => {
    expect(rowNamed('FileHandler')).toBe(rowNamed('logging.FileHandler'));
    expect(rowNamed('logging.handlers.WatchedFileHandler')?.type).toBe(WatchedFileHandler);
    expect(HANDLER_NAMES.every((name) => rowNamed(name)?.type.name === name)).toBe(true);
  });

  it('knows nothing else', () => {
    const names = ['logging.handlers.FileHandler', 'filehandler', 'constructor', undefined, FileHandler];

    expect(names.map(rowNamed)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

describe('rowOf', () => {
  class Archive extends RotatingFileHandler {}
  class Own extends Handler {}

  it('finds the row of the nearest class above', () => {
    expect([RotatingFileHandler, Archive].map((type) => rowOf(type)?.type)).toEqual([
      RotatingFileHandler,
      RotatingFileHandler,
    ]);
    expect([Own, Handler, () => undefined, 'FileHandler'].map(rowOf)).toEqual(Array(4).fill(undefined));
  });

  it('makes a subclass with the arguments of its class', () => {
    const row = rowNamed('RotatingFileHandler') as NonNullable<ReturnType<typeof rowNamed>>;

    const handler = construct(row, { filename: 'app.log', delay: true, maxBytes: 10 }, Archive);

    expect(handler).toBeInstanceOf(Archive);
    expect(handler).toMatchObject({ maxBytes: 10, delay: true });
    expect(keysOf(row)).toEqual(expect.arrayContaining(['filename', 'maxBytes', 'fileMode', 'mkdir']));
  });
});

describe('isHandlerData', () => {
  it('knows data from handlers and providers', () => {
    expect(isHandlerData({ class: 'NullHandler' })).toBe(true);
    expect(
      [new NullHandler(), { useClass: NullHandler }, undefined, 'NullHandler'].map(isHandlerData),
    ).toEqual(Array(4).fill(false));
  });
});

/** Classes to extend, which nobody makes as they are. */
const ABSTRACT = ['BaseRotatingHandler', 'OutboxHandler'];

describe('HANDLER_ROWS', () => {
  it('has a row for every handler that can be made', () => {
    const classes = Object.entries(handlers)
      .filter(([name, value]) => typeof value === 'function' && !ABSTRACT.includes(name))
      .filter(([, value]) => Object(value).prototype instanceof Handler)
      .map(([name]) => name);

    expect(HANDLER_ROWS.map(({ type }) => type.name).toSorted()).toEqual(classes.toSorted());
  });

  it('refers only to options that are there', () => {
    for (const row of HANDLER_ROWS) {
      expect(keysOf(row)).toEqual(expect.arrayContaining([...(row.handlers ?? [])]));
    }
  });
});

describe('checkSettings', () => {
  const rotating = rowOf(RotatingFileHandler) as NonNullable<ReturnType<typeof rowOf>>;

  it('accepts what the constructor accepts, and opens no file', () => {
    const filename = join(tempDir(), 'app.log');

    checkSettings(rotating, { filename, symlink: 'now.log', compress: 'gzip', maxBytes: 1, mkdir: null });

    expect(existsSync(filename)).toBe(false);
  });

  it.each<[object, string]>([
    [{}, '"filename" must be a string or a file URL, got undefined.'],
    [{ filename: 'a', compress: 'zip' }, `"compress" must be 'gzip', got 'zip'.`],
    [
      { filename: 'a', maxBytes: 9, maxTotalBytes: 8 },
      '"maxTotalBytes" must be at least "maxBytes" (9), got 8',
    ],
  ])('refuses %j as the constructor does', (settings, message) => {
    expect(() => checkSettings(rotating, settings as Settings)).toThrow(`RotatingFileHandler: ${message}`);
  });
});

describe('limits of rotated files, as data', () => {
  it.each([
    ['RotatingFileHandler', { maxBytes: 1000, backup_count: 3 }],
    ['logging.handlers.TimedRotatingFileHandler', { when: 'midnight', max_bytes: 1000 }],
  ])('%s takes them', (name, options) => {
    const directory = tempDir();
    const filename = join(directory, 'app.log');
    writeFileSync(join(directory, 'app.log.1'), '');
    utimesSync(join(directory, 'app.log.1'), 1, 1);
    const manager = new Manager();
    const configure = (entry: object): void => {
      const file = { class: name, filename, ...options, ...entry };
      dictConfig({ version: 1, handlers: { file }, root: { handlers: ['file'] } }, { manager });
    };

    expect(() => configure({ maxTotalBytes: 999 })).toThrow('dictConfig: "handlers.file.maxTotalBytes": ');
    expect(() => configure({ maxAgeDay: 14 })).toThrow('did you mean "maxAgeDays"?');
    configure({ maxTotalBytes: 2_000_000_000, max_age_days: 14 });
    void manager.root.handlers[0]?.close();
    // Making it deletes nothing.
    expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'app.log.1']);
  });
});

/** Each handler as Python programs describe it, in JSON; nothing is sent or opened until a record comes. */
describe("Python's own descriptions of network handlers", () => {
  it.each<[string, object, object]>([
    [
      'SocketHandler',
      { host: 'localhost', port: 9020, '.': { retryMax: 60 } },
      { host: 'localhost', port: 9020 },
    ],
    ['SocketHandler', { host: '/run/logs.sock', port: null }, { port: null }],
    ['DatagramHandler', { host: '127.0.0.1', port: 9021 }, { host: '127.0.0.1' }],
    [
      'SysLogHandler',
      {
        address: ['logs.example', 514],
        facility: 'ext://logging.handlers.SysLogHandler.LOG_LOCAL3',
        socktype: 'ext://socket.SOCK_STREAM',
        '.': { ident: 'shop: ', append_nul: false },
      },
      { address: ['logs.example', 514], facility: 19, socktype: 'stream', ident: 'shop: ', appendNul: false },
    ],
    ['SysLogHandler', { socktype: 2, facility: 'user' }, { socktype: 'dgram', facility: 'user' }],
    [
      'SMTPHandler',
      {
        mailhost: ['mail.example', 587],
        fromaddr: 'app@shop.example',
        toaddrs: ['ops@shop.example'],
        subject: 'trouble',
        credentials: ['app', 'secret'],
        secure: [],
        timeout: 10.0,
      },
      {
        mailhost: 'mail.example',
        mailport: 587,
        toaddrs: ['ops@shop.example'],
        username: 'app',
        timeout: 10,
      },
    ],
    [
      'HTTPHandler',
      {
        host: 'logs.example',
        url: '/in',
        method: 'POST',
        secure: true,
        credentials: ['me', 'secret'],
        context: null,
      },
      { host: 'logs.example', url: '/in', method: 'POST', secure: true, credentials: ['me', 'secret'] },
    ],
  ])('make a %s of %j', async (name, entry, state) => {
    const tree = new Manager();
    dictConfig(
      {
        version: 1,
        handlers: { h: { class: `logging.handlers.${name}`, ...entry } },
        root: { handlers: ['h'] },
      },
      { manager: tree },
    );
    const [handler] = tree.root.handlers;
    onTestFinished(async () => handler?.close());

    expect(handler?.constructor.name).toBe(name);
    expect(handler).toMatchObject(state);
  });

  it.each<[string, object, string]>([
    ['SocketHandler', { host: 'h', port: 1, prot: 2 }, 'unknown option "prot", did you mean "port"?'],
    ['DatagramHandler', { host: 'h', port: 1, tls: true }, 'unknown option "tls"'],
    ['SysLogHandler', { facility: 'lokal0' }, '"handlers.h.facility": SysLogHandler: "facility" must be '],
    ['HTTPHandler', { host: 'h', url: '/', method: 'PUT' }, '"handlers.h'],
    [
      'SMTPHandler',
      { mailhost: 7, fromaddr: 'a@b.c' },
      '"handlers.h.mailhost": SMTPHandler: "mailhost" must be ',
    ],
    ['NTEventLogHandler', { appname: 7 }, '"handlers.h.appname": NTEventLogHandler: "appname" must be '],
  ])('refuse for a %s %j', (name, entry, message) => {
    const config = { version: 1, handlers: { h: { class: `logging.handlers.${name}`, ...entry } } };

    expect(() => dictConfig(config, { manager: new Manager() })).toThrow(message);
  });
});
