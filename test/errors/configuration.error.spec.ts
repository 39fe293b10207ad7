import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';

describe('ConfigurationError', () => {
  it('says what is wrong, under its own name, with the code of an option by default', () => {
    const error = new ConfigurationError('Handler: "level" must be a level.');

    expect(String(error)).toBe('ConfigurationError: Handler: "level" must be a level.');
    expect(error.code).toBe('ERR_LOG_OPTION');
  });

  it('takes another code', () => {
    expect(new ConfigurationError('x', { code: 'ERR_LOG_LEVEL' }).code).toBe('ERR_LOG_LEVEL');
  });
});
