import { describe, expect, it } from 'vitest';
import { quotePlus, urlEncoded } from '../../../lib/handlers/http/url-encoded';

describe('quotePlus', () => {
  it('leaves letters, digits and _.-~ alone and escapes all other ASCII characters', () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    const unsafe = (code: number): string => `%${code.toString(16).toUpperCase().padStart(2, '0')}`;

    expect(quotePlus(ascii)).toBe(
      Array.from(ascii, (character) => {
        if (character === ' ') return '+';
        return /[\w.~-]/.test(character) ? character : unsafe(character.charCodeAt(0));
      }).join(''),
    );
  });

  it('escapes the UTF-8 of other characters, and a lone surrogate as U+FFFD', () => {
    expect(quotePlus('é✓\u{1f600}\ud800')).toBe('%C3%A9%E2%9C%93%F0%9F%98%80%EF%BF%BD');
  });
});

describe('urlEncoded', () => {
  it('joins names and values in their order', () => {
    expect(
      urlEncoded([
        ['b c', 1],
        ['é&', ''],
        ['a', 'x y'],
      ]),
    ).toBe('b+c=1&%C3%A9%26=&a=x+y');
  });

  it.each([
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [1e21, '1e%2B21'],
    [Number.NaN, 'nan'],
    [10n ** 20n, '100000000000000000000'],
    [['a', "b'", null], '%5B%27a%27%2C+%22b%27%22%2C+None%5D'],
    [{ a: [1.5, false] }, '%7B%27a%27%3A+%5B1.5%2C+False%5D%7D'],
    [Buffer.from([0x61, 0x20, 0xc2, 0xff, 0x25]), 'a+%C2%FF%25'],
  ])('writes %s as Python would', (value, text) => {
    expect(urlEncoded([['k', value]])).toBe(`k=${text}`);
  });

  it('writes times as floats and args as a tuple, as they are in Python', () => {
    const text = urlEncoded([
      ['created', 1_700_000_000],
      ['args', ['x']],
      ['other', 1_700_000_000],
    ]);

    expect(text).toBe('created=1700000000.0&args=%28%27x%27%2C%29&other=1700000000');
  });

  it('is empty without entries', () => {
    expect(urlEncoded([])).toBe('');
  });
});
