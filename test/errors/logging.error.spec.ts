import { describe, expect, it } from 'vitest';
import { ConfigurationError, DeliveryError, FormatError, LoggingError } from '../../lib/errors';

describe('LoggingError', () => {
  const all = [new ConfigurationError('a'), new DeliveryError('b'), new FormatError('c')];

  it('recognises every error of the package', () => {
    expect(all.every((error) => error instanceof LoggingError && error instanceof Error)).toBe(true);
  });

  it('has no cause unless one is given, even an undefined one', () => {
    expect('cause' in new DeliveryError('x')).toBe(false);
    expect('cause' in new DeliveryError('x', { cause: undefined })).toBe(true);
  });

  it('keeps the cause', () => {
    const cause = new Error('ENOSPC');

    expect(new DeliveryError('x', { cause }).cause).toBe(cause);
  });
});
