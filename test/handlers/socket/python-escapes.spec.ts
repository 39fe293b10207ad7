import { describe, expect, it } from 'vitest';
import { rawUnicodeEscape, stringEscape } from '../../../lib/handlers/socket/python-escapes';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const line = (text: string): Buffer => Buffer.from(text, 'latin1');

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

  it('reads a mebibyte of escapes without a second thought', () => {
    const escapes = '\\x41'.repeat(262_144);
    const started = process.cpuUsage();

    expect(stringEscape(line(escapes))).toHaveLength(262_144);
    expect(rawUnicodeEscape(line('\\u0041'.repeat(174_762)))).toHaveLength(174_762);
    expect(process.cpuUsage(started).user).toBeLessThan(400_000);
  });
});
