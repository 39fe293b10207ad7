import { describe, expect, it } from 'vitest';
import { checkRotation } from '../../lib/handlers/rotating-options';
import { systemClock } from '../../lib/internal/clock';

describe('checkRotation', () => {
  it('fills in what is missing', () => {
    expect(checkRotation('RotatingFileHandler', {})).toEqual({
      checkIntervalMs: 1,
      compress: undefined,
      clock: systemClock,
    });
  });

  it.each([
    [{ checkIntervalMs: -1 }, /^RotatingFileHandler: "checkIntervalMs" must be .*got -1/],
    [{ compress: 'zip' }, /^RotatingFileHandler: "compress" must be 'gzip', got "zip"/],
  ])('refuses %o', (options, message) => {
    expect(() => checkRotation('RotatingFileHandler', options as never)).toThrow(message);
  });
});
