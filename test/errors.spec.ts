import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  DeliveryError,
  ERROR_CODES,
  FormatError,
  LoggingError,
  UnpicklingError,
} from '../lib/errors';

describe('ERROR_CODES', () => {
  it.each(Object.entries(ERROR_CODES))('%s says in sentences what it means and what to do', (code, entry) => {
    expect(code).toMatch(/^ERR_LOG_[A-Z_]+$/);
    expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  });
});

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

describe('DeliveryError', () => {
  it('has its name and code', () => {
    expect(new DeliveryError('x')).toMatchObject({
      name: 'DeliveryError',
      code: 'ERR_LOG_DELIVERY',
      message: 'x',
    });
  });
});

describe('FormatError', () => {
  it('has its name and code', () => {
    expect(new FormatError('x')).toMatchObject({ name: 'FormatError', code: 'ERR_LOG_FORMAT', message: 'x' });
  });
});

describe('UnpicklingError', () => {
  it('is an error of the package with a code of its own', () => {
    const error = new UnpicklingError('the stack is empty');

    expect(error).toBeInstanceOf(LoggingError);
    expect(error.code).toBe('ERR_LOG_UNPICKLING');
    expect(String(error)).toBe('UnpicklingError: the stack is empty');
  });
});
