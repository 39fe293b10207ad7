import { describe, expect, it } from 'vitest';
import { UnpicklingError } from '../../../lib/errors';
import {
  byteString,
  decimal,
  floatText,
  integer,
  quotedString,
  rawUnicodeEscape,
  stringEscape,
  twosComplement,
  utf8,
} from '../../../lib/handlers/pickle/pickle-texts';

const line = (text: string): Buffer => Buffer.from(text, 'latin1');
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('integer', () => {
  it('is a number where a double is exact', () => {
    expect(integer(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    expect(integer(2n ** 53n)).toBe(2n ** 53n);
  });
});

describe('decimal', () => {
  it('reads signs and any size', () => {
    expect(decimal(line('-12'))).toBe(-12);
    expect(decimal(line('+12'))).toBe(12);
    expect(decimal(line('-0'))).toBe(0);
    expect(decimal(line('0000000000000000012'))).toBe(12);
    expect(decimal(line('9223372036854775808'))).toBe(2n ** 63n);
  });

  it.each(['', '-', '1-', '--1', '0x1f', '1_000', ' 1', '1.0', '9'.repeat(4302)])('refuses %s', (text) => {
    expect(() => decimal(line(text))).toThrow(UnpicklingError);
  });
});

describe('twosComplement', () => {
  it.each([
    ['', 0],
    ['ff', -1],
    ['ff00', 255],
    ['000000000000008000', 2n ** 63n],
    ['0000000000000080', -(2n ** 63n)],
    ['ffffffffffff7f', 2n ** 55n - 1n],
    ['ffffffffffff1f', 2 ** 53 - 1],
    ['000000000000e0', -(2n ** 53n)],
    ['0100000000000000ff', -(2n ** 64n) + 1n],
    ['01000000000000007f', 127n * 2n ** 64n + 1n],
  ])('reads %s', (hex, value) => {
    expect(twosComplement(bytes(hex))).toBe(value);
  });

  it('reads every length as BigInt does', () => {
    for (let length = 1; length <= 40; length++) {
      for (const last of [0, 1, 0x1f, 0x20, 0x7f, 0x80, 0xe0, 0xff]) {
        const given = Buffer.alloc(length, 0xa5);
        given[length - 1] = last;
        const hex = Buffer.from(given.toReversed()).toString('hex');

        expect(twosComplement(given)).toBe(integer(BigInt.asIntN(length * 8, BigInt(`0x${hex}`))));
      }
    }
  });

  it('refuses an integer of more than 2048 bytes', () => {
    expect(() => twosComplement(Buffer.alloc(2049))).toThrow(UnpicklingError);
  });
});

describe('floatText', () => {
  it.each([
    ['1.5', 1.5],
    ['-1e+300', -1e300],
    ['.5', 0.5],
    ['inf', Infinity],
    ['-inf', -Infinity],
    ['-nan', Number.NaN],
  ])('reads %s', (text, value) => {
    expect(floatText(line(text))).toBe(value);
  });

  it.each(['', '1.2.3', '0x10', 'e5', 'Infinity0', '1'.repeat(401)])('refuses "%s"', (text) => {
    expect(() => floatText(line(text))).toThrow(UnpicklingError);
  });
});

describe('utf8', () => {
  it('reads characters, U+FFFD among them, and half pairs', () => {
    expect(utf8(Buffer.from('a\ufffd😀'))).toBe('a\ufffd😀');
    expect(utf8(bytes('61eda0bd62'))).toBe('a\ud83db');
    expect(utf8(bytes('efbbbfeda0bd'))).toBe('\ufeff\ud83d');
    expect(utf8(bytes('ed9fbfefbfbd'))).toBe('\ud7ff\ufffd');
  });

  it('reads every character beside a half pair', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x1_0000 ? 7 : 1021) {
      const text = String.fromCodePoint(code);
      if (code >= 0xd800 && code <= 0xdfff) continue;
      expect(utf8(Buffer.concat([bytes('eda0bd'), Buffer.from(`${text}x`)]))).toBe(`\ud83d${text}x`);
    }
  });

  it.each(['ff', 'c0af', 'c3', 'eda0', 'f8888080', 'e08080', 'f0808080', 'f4908080', '80', 'c328'])(
    'refuses %s',
    (hex) => {
      expect(() => utf8(bytes(hex))).toThrow('a text is not UTF-8');
    },
  );
});

describe('byteString', () => {
  it('is UTF-8 where it can be, else Latin-1', () => {
    expect(byteString(Buffer.from('é'))).toBe('é');
    expect(byteString(bytes('e9'))).toBe('é');
  });
});

describe('quotedString', () => {
  it("reads Python 2's escapes", () => {
    expect(quotedString(line("'a\\x41\\n\\'\\\\\\101\\q'"))).toBe("aA\n'\\A\\q");
    expect(quotedString(line('"\\xc3\\xa9"'))).toBe('é');
  });

  it.each(['abc', "'", '\'a"', ''])('refuses %s', (text) => {
    expect(() => quotedString(line(text))).toThrow('a STRING is not quoted');
  });
});

describe('rawUnicodeEscape', () => {
  it('reads escapes of four and eight digits, and no others', () => {
    expect(rawUnicodeEscape(line('a\\u005cb\\U0001f600\xe9\\x41'))).toBe('a\\b😀é\\x41');
    expect(rawUnicodeEscape(line('\\\\u0041'))).toBe('\\\\u0041');
    expect(rawUnicodeEscape(line('\\u00e9abcdef'))).toBe('éabcdef');
  });

  it.each(['\\u12', '\\U0011ffff', '\\u'])('refuses %s', (text) => {
    expect(() => rawUnicodeEscape(line(text))).toThrow(UnpicklingError);
  });
});

describe('stringEscape', () => {
  it.each([
    ["a\\n\\t\\\\\\'", "a\n\t\\'"],
    ['\\x41\\x4', 'A\\x4'],
    ['\\101\\0\\477\\9', 'A\0?\\9'],
    ['\\q\\', '\\q\\'],
  ])('reads %j as Python 2 does', (text, expected) => {
    expect(stringEscape(line(text)).toString('latin1')).toBe(expected);
  });

  it('reads 1 MiB of escapes in time', () => {
    const escapes = '\\x41'.repeat(262_144);
    const started = process.cpuUsage();

    expect(stringEscape(line(escapes))).toHaveLength(262_144);
    expect(rawUnicodeEscape(line('\\u0041'.repeat(174_762)))).toHaveLength(174_762);
    expect(process.cpuUsage(started).user).toBeLessThan(400_000);
  });
});
