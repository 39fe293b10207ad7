import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeError, errorCode } from '../../lib/internal/error-code';

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

const circular = new Error('round');
circular.cause = new Error('and round', { cause: circular });

describe('describeError', () => {
  it.each([
    [new TypeError('no stock'), 'TypeError: no stock'],
    [
      new Error('outer', { cause: new Error('inner', { cause: 'root' }) }),
      'Error: outer: Error: inner: root',
    ],
    ['a thrown string', 'a thrown string'],
    [null, 'null'],
    [Object.create(null), 'an error that cannot be printed'],
    [circular, `${'Error: round: Error: and round: '.repeat(3)}…`],
  ])('%# is described as text', (error, text) => {
    expect(describeError(error)).toBe(text);
  });
});
