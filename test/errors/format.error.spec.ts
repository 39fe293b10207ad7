import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';

describe('FormatError', () => {
  it('has its name and code', () => {
    expect(new FormatError('x')).toMatchObject({ name: 'FormatError', code: 'ERR_LOG_FORMAT', message: 'x' });
  });
});
