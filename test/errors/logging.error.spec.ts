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

  it('cuts a long message in its middle, since what to do stands at the end', () => {
    const { message } = new ConfigurationError(`begin ${'x'.repeat(100_000)} end`);

    expect(message).toMatch(/^begin x+ \[\.\.\. 96010 characters cut \.\.\.\] x+ end$/);
    expect(message.length).toBeLessThan(4100);
  });
});
