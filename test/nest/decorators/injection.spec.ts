import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import {
  getHandlerToken,
  getLoggerToken,
  InjectHandler,
  injectedLoggerNames,
  InjectLogger,
} from '../../../lib/nest/decorators/injection';

describe('getLoggerToken', () => {
  it('is the same for the same name', () => {
    expect(getLoggerToken('shop')).toBe(getLoggerToken('shop'));
    expect(getLoggerToken('shop')).not.toBe(getLoggerToken('stock'));
  });

  it('is that of the root logger without a name', () => {
    expect(getLoggerToken()).toBe(getLoggerToken('root'));
  });

  it('makes the module provide the logger, and always the root logger', () => {
    expect(injectedLoggerNames()).toContain('root');
    expect(injectedLoggerNames()).not.toContain('injected-later');

    getLoggerToken('injected-later');

    expect(injectedLoggerNames()).toContain('injected-later');
  });
});

describe('getHandlerToken', () => {
  it('differs from the token of a logger with the same name', () => {
    expect(getHandlerToken('shop')).not.toBe(getLoggerToken('shop'));
  });
});

class WithHandlers {
  @InjectHandler('mail')
  readonly mail: unknown;

  constructor(@InjectHandler('file') readonly file: unknown) {}
}

describe('InjectHandler', () => {
  it('injects the handler of that name', () => {
    expect(Reflect.getMetadata('self:paramtypes', WithHandlers)).toEqual([
      { index: 0, param: getHandlerToken('file') },
    ]);
    expect(Reflect.getMetadata('self:properties_metadata', WithHandlers)).toEqual([
      { key: 'mail', type: getHandlerToken('mail') },
    ]);
  });
});

class WithLoggers {
  @InjectLogger()
  readonly byProperty: unknown;

  @InjectLogger('audit')
  readonly named: unknown;

  constructor(
    @InjectLogger() readonly byParameter: unknown,
    @InjectLogger('stock') readonly other: unknown,
  ) {}
}

describe('InjectLogger', () => {
  it('injects into a parameter the logger of the class, or of the name', () => {
    expect(Reflect.getMetadata('self:paramtypes', WithLoggers)).toEqual([
      { index: 1, param: getLoggerToken('stock') },
      { index: 0, param: getLoggerToken('WithLoggers') },
    ]);
  });

  it('injects into a property the logger of the class, or of the name', () => {
    expect(Reflect.getMetadata('self:properties_metadata', WithLoggers)).toEqual([
      { key: 'byProperty', type: getLoggerToken('WithLoggers') },
      { key: 'named', type: getLoggerToken('audit') },
    ]);
  });
});
