import { describe, expect, it } from 'vitest';
import { IncompleteWriteError } from '../../lib/internal/incomplete-write.error';

describe('IncompleteWriteError', () => {
  it('says how much was written and why no more', () => {
    const cause = new Error('ENOSPC');

    const error = new IncompleteWriteError(7, cause);

    expect(error).toMatchObject({
      name: 'IncompleteWriteError',
      message: 'only the first 7 bytes were written',
      written: 7,
      cause,
    });
  });
});
