/** An error in one line. */
import { describe, expect, it } from 'vitest';
import { describeError } from '../../lib/internal/describe-error';

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
  ])('%# is told as text', (error, text) => {
    expect(describeError(error)).toBe(text);
  });
});
