import { describe, expect, it } from 'vitest';
import { encodedWord, longestPrefix, needsEncoding } from '../../../lib/handlers/smtp/encoded-word';

describe('needsEncoding', () => {
  it.each([
    ['word', false],
    ['a=b?', false],
    ['é', true],
    ['\x1b[31m', true],
    // A reader would take it for an encoded word.
    ['=?utf-8?q?x?=', true],
  ])('of %j is %s', (word, expected) => {
    expect(needsEncoding(word)).toBe(expected);
  });
});

describe('encodedWord', () => {
  it('keeps what is mostly ASCII readable', () => {
    expect(encodedWord('déjà vu_')).toBe('=?utf-8?q?d=C3=A9j=C3=A0_vu=5F?=');
  });

  it('takes base64 where it is shorter', () => {
    expect(encodedWord('Ошибка')).toBe('=?utf-8?b?0J7RiNC40LHQutCw?=');
  });

  it('replaces half of a surrogate pair', () => {
    expect(encodedWord('\ud83d')).toBe('=?utf-8?b?77+9?=');
  });
});

describe('longestPrefix', () => {
  it('cuts no character in two', () => {
    const prefix = longestPrefix('😀'.repeat(20), 75);

    expect(prefix).toBe('😀'.repeat(11));
    expect(encodedWord(prefix).length).toBeLessThanOrEqual(75);
    expect(encodedWord(`${prefix}😀`).length).toBeGreaterThan(75);
  });

  it('is empty where nothing fits', () => {
    expect(longestPrefix('é', 12)).toBe('');
  });
});
