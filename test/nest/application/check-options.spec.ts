import { describe, expect, it } from 'vitest';
import { DEBUG, FileHandler, INFO } from '../../../lib/logging';
import { checkOptions, type CheckedOptions } from '../../../lib/nest/application/check-options';
import type { LoggingModuleOptions } from '../../../lib/nest/application/options';
import { CollectingHandler } from '../../../lib/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../../support/temp-dir';

const console = { useFactory: () => new CollectingHandler() };

/** Options as JavaScript code may pass them. */
function check(options: unknown): CheckedOptions {
  return checkOptions(options as LoggingModuleOptions);
}

describe('checkOptions', () => {
  it('defaults to a console handler, DEBUG on the root logger and a scope for each request', () => {
    const options = checkOptions();

    expect(Object.keys(options.handlers)).toEqual(['console']);
    expect(options).toMatchObject({ level: DEBUG, shutdownTimeout: 10_000, targets: undefined });
    expect(options.scope).toMatchObject({ passThroughLevel: INFO, routes: 'all' });
  });

  it('defaults to INFO if requests get no scope', () => {
    expect(checkOptions({ logIfErrors: false })).toMatchObject({ level: INFO, scope: undefined });
  });

  it('creates handlers from data', () => {
    const filename = join(tempDir(), 'app.log');

    const { handlers } = checkOptions({
      handlers: { file: { class: 'FileHandler', filename, delay: true } },
    });

    expect(handlers['file']).toBeInstanceOf(FileHandler);
  });

  it('opens no file if another option is wrong', () => {
    const filename = join(tempDir(), 'app.log');

    expect(() =>
      check({ handlers: { file: { class: 'FileHandler', filename } }, shutdownTimeout: 0 }),
    ).toThrow('"shutdownTimeout"');

    expect(existsSync(filename)).toBe(false);
  });

  it.each([
    [
      { levl: 'INFO' },
      'LoggingModule: unknown option "levl", did you mean "level"? Known are config, configOptions, handlers, ',
    ],
    [7, 'LoggingModule: the options must be an object, got 7.'],
    [{ level: 'LOUD' }, `LoggingModule: "level": Unknown level: 'LOUD'; known are CRITICAL, FATAL, ERROR, `],
    [{ level: 'debug' }, `LoggingModule: "level": Unknown level: 'debug'; write 'DEBUG'.`],
    [{ openTelemetry: 1 }, 'LoggingModule: "openTelemetry" must be true or false, got 1.'],
    [{ nestLogger: 'yes' }, `LoggingModule: "nestLogger" must be 'auto', true or false, got 'yes'.`],
    [{ shutdownTimeout: -1 }, 'LoggingModule: "shutdownTimeout" must be a positive number of ms, got -1.'],
    [
      { handlers: { file: 7 } },
      'LoggingModule: "handlers.file" must be a Handler, an object with useFactory, ',
    ],
    [
      { handlers: { file: { class: 'TapeHandler' } } },
      'handlers: "class" must be one of StreamHandler, FileHandler, ',
    ],
    [
      { loggers: { shop: { levl: 1 } } },
      'LoggingModule: "loggers.shop": unknown option "levl", did you mean "level"? ',
    ],
    [{ loggers: { shop: { level: 'LOUD' } } }, 'LoggingModule: "loggers.shop.level": Unknown level'],
    [{ loggers: { shop: 'INFO' } }, `LoggingModule: "loggers.shop" must be an object, got 'INFO'.`],
    [{ logIfErrors: true }, 'LoggingModule: "logIfErrors" must be an object, got true.'],
    [
      { logIfErrors: { capacty: 1 } },
      'LoggingModule: "logIfErrors": unknown option "capacty", did you mean "capacity"? Known are afterFlush, ',
    ],
    [
      { logIfErrors: { capacity: -1 } },
      'LoggingModule: "logIfErrors": "capacity" must be a non-negative integer, got -1.',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }) as Error);
    expect(() => check(options)).toThrow(message);
  });

  it.each([
    [{ logIfErrors: { target: 'file' } }, '"logIfErrors.target"'],
    [{ logIfErrors: { target: ['console', 'file'] } }, '"logIfErrors.target"'],
    [{ loggers: { shop: { handlers: ['file'] } } }, '"loggers.shop.handlers"'],
  ])('lists the known handlers for %j', (options, where) => {
    const refused = expect.objectContaining({
      code: 'ERR_LOG_UNKNOWN_HANDLER',
      message: `LoggingModule: ${where} names the handler "file", which "handlers" does not have; known are console.`,
    }) as Error;

    expect(() => check({ handlers: { console }, ...options })).toThrow(refused);
  });
});
