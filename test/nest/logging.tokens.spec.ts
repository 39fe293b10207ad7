import { describe, expect, it } from 'vitest';
import { askedLoggerNames, getHandlerToken, getLoggerToken } from '../../lib/nest/logging.tokens';

describe('getLoggerToken', () => {
  it('is the same for the same name', () => {
    expect(getLoggerToken('shop')).toBe(getLoggerToken('shop'));
    expect(getLoggerToken('shop')).not.toBe(getLoggerToken('stock'));
  });

  it('means the root without a name', () => {
    expect(getLoggerToken()).toBe(getLoggerToken('root'));
  });

  it('makes the module provide what it was asked for, and the root always', () => {
    expect(askedLoggerNames()).toContain('root');
    expect(askedLoggerNames()).not.toContain('asked-for');

    getLoggerToken('asked-for');

    expect(askedLoggerNames()).toContain('asked-for');
  });
});

describe('getHandlerToken', () => {
  it('differs from the token of a logger of the same name', () => {
    expect(getHandlerToken('shop')).not.toBe(getLoggerToken('shop'));
  });
});
