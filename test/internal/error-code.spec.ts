import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCode } from '../../lib/internal/error-code';

describe('errorCode', () => {
  it('is the code of a system error', () => {
    let thrown: unknown;
    try {
      openSync('/no/such/directory/file', 'r');
    } catch (error) {
      thrown = error;
    }

    expect(errorCode(thrown)).toBe('ENOENT');
  });

  it.each([
    ['an Error without one', new Error('x')],
    ['a code that is no text', Object.assign(new Error('x'), { code: 5 })],
    ['a thrown object', { code: 'ENOSPC' }],
    ['a thrown text', 'ENOSPC'],
    ['null', null],
    ['undefined', undefined],
  ])('is undefined for %s', (_what, value) => {
    expect(errorCode(value)).toBeUndefined();
  });
});
