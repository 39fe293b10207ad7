import { describe, expect, it } from 'vitest';
import { LoggingError } from '../../../lib/errors';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

describe('UnpicklingError', () => {
  it('is an error of the package with a code of its own', () => {
    const error = new UnpicklingError('the stack is empty');

    expect(error).toBeInstanceOf(LoggingError);
    expect(error.code).toBe('ERR_LOG_UNPICKLING');
    expect(String(error)).toBe('UnpicklingError: the stack is empty');
  });
});
