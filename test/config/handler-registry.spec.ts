import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHandler, isHandlerData, type HandlerData } from '../../lib/config/handler-registry';
import {
  BufferingHandler,
  ERROR,
  FileHandler,
  MemoryHandler,
  NullHandler,
  RotatingFileHandler,
  StreamHandler,
  TimedRotatingFileHandler,
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

  it('writes to standard error unless told otherwise', () => {
    expect((createHandler({ class: 'StreamHandler' }) as StreamHandler).stream).toBe(process.stderr);
  });

  it.each<[HandlerData, string]>([
    [{ class: 'TapeHandler' }, `"class" must be one of StreamHandler, FileHandler, WatchedFileHandler, `],
    [
      { class: 'NullHandler', tape: 1 },
      'NullHandler: unknown option "tape"; known are class, filters, formatter, ',
    ],
    [{ class: 'StreamHandler', stream: 7 }, `StreamHandler: "stream" must be 'stdout' or 'stderr', got 7.`],
    [{ class: 'FileHandler' }, 'FileHandler: "filename" must be a string or a file URL, got undefined.'],
    [{ class: 'NullHandler', formatter: 'xml' as never }, `"formatter" must be one of json, pretty, text `],
    [{ class: 'NullHandler', level: 'LOUD' }, `Unknown level: 'LOUD'`],
  ])('refuses %j', (data, message) => {
    expect(() => createHandler(data)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }) as Error,
    );
    expect(() => createHandler(data)).toThrow(message);
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
