import 'reflect-metadata';
import { RequestMemoryHandler } from '../../lib';
import { describe, expect, it } from 'vitest';
import { LoggingRootModule } from '../../lib/nest/logging-root.module';
import { getHandlerToken, getLoggerToken } from '../../lib/nest/logging.tokens';
import { CollectingHandler } from '../../lib/testing';

describe('LoggingRootModule', () => {
  it('is global unless it is told otherwise', () => {
    expect(LoggingRootModule.withOptions({}).global).toBe(true);
    expect(LoggingRootModule.withOptions({ isGlobal: false }).global).toBe(false);
    expect(LoggingRootModule.withLateOptions({ useFactory: () => ({}), isGlobal: false }).global).toBe(false);
  });

  it('exports the memory, the handlers, and each logger that was asked for until Nest reads it', () => {
    const module = LoggingRootModule.withOptions({ handlers: { seen: new CollectingHandler() } });
    const token = getLoggerToken('asked-for-later');

    expect(module.exports).toEqual(
      expect.arrayContaining([RequestMemoryHandler, getHandlerToken('seen'), getLoggerToken(), token]),
    );
    expect(module.providers).toContainEqual(expect.objectContaining({ provide: token }));
  });

  it('refuses bad options before the application starts', () => {
    expect(() => LoggingRootModule.withOptions({ level: 'LOUD' })).toThrow('Unknown level');
  });
});
