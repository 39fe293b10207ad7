import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  construct,
  createHandler,
  HANDLER_CLASSES,
  isHandlerData,
  keysOf,
  rowNamed,
  rowOf,
  type HandlerData,
} from '../../lib/config/handler-registry';
import {
  BufferingHandler,
  ERROR,
  FileHandler,
  Handler,
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
import { readFileSync } from 'node:fs';

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
      `StreamHandler: "stream" must be 'stdout', 'stderr' or a stream, got 7.`,
    ],
    [{ class: 'FileHandler' }, 'FileHandler: "filename" must be a string or a file URL, got undefined.'],
    [
      { class: 'NullHandler', formatter: 'xml' as never },
      `"formatter" must be one of json, pretty, rfc5424, text `,
    ],
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
    expect(HANDLER_CLASSES.every((name) => rowNamed(name)?.type.name === name)).toBe(true);
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
