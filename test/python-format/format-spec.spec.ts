import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { formatWithSpec } from '../../lib/python-format/format-spec';

describe('formatWithSpec', () => {
  it.each<[unknown, string, string]>([
    ['x', '', 'x'],
    ['x', '4', 'x   '],
    ['x', '>4', '   x'],
    ['x', '*^4', '*x**'],
    ['x', '04', 'x000'],
    ['hello', '.3', 'hel'],
    ['😀é', '.1', '😀'],
    ['😀', '3', '😀  '],
    [5, '4', '   5'],
    [5, '^5', '  5  '],
    [5, '+', '+5'],
    [5, ' ', ' 5'],
    [5, '=+5', '+   5'],
    [-5, '05', '-0005'],
    [255, '#x', '0xff'],
    [255, '#010b', '0b11111111'],
    [255, '#X', '0XFF'],
    [8, 'o', '10'],
    [1_234_567, ',', '1,234,567'],
    [1_234_567, '_x', '12_d687'],
    [1234, '010,', '00,001,234'],
    [1234, '05,', '1,234'],
    [1234, '06,', '01,234'],
    [1234, '08,', '0,001,234'],
    [1234, '09,', '0,001,234'],
    [0xabc12, '010_x', '0_000a_bc12'],
    [0xabc12, '011_x', '0_000a_bc12'],
    [0xabc12, '012_x', '00_000a_bc12'],
    [10n ** 20n, 'd', '100000000000000000000'],
    [128_512, 'c', '😀'],
    [3, '.1f', '3.0'],
    [1.5, '', '1.5'],
    [1.5, '.2f', '1.50'],
    [1234.5, ',.2f', '1,234.50'],
    [0.25, '%', '25.000000%'],
    [0.25, '.0%', '25%'],
    [1e10, 'g', '1e+10'],
    [1234.5, 'E', '1.234500E+03'],
    [-0.0001, 'z.1f', '0.0'],
    [-0.0001, '.1f', '-0.0'],
    [Number.NaN, '06.1f', '000nan'],
    [-Infinity, 'F', '-INF'],
    [true, '', 'True'],
    [true, 'd', '1'],
    [null, '', 'None'],
  ])('%o with %j is %j', (value, spec, text) => {
    expect(formatWithSpec(value, spec, undefined)).toBe(text);
  });

  it('treats a whole number as a float if the field is a float', () => {
    expect(formatWithSpec(5, '', 'float')).toBe('5.0');
    expect(formatWithSpec(5, '.3', 'float')).toBe('5.0');
    expect(() => formatWithSpec(5, 'd', 'float')).toThrow(
      new FormatError("Unknown format code 'd' for object of type 'float'"),
    );
  });

  it.each<[unknown, string, string]>([
    ['x', 'd', "Unknown format code 'd' for object of type 'str'"],
    ['x', '+', 'Sign not allowed in string format specifier'],
    ['x', ' ', 'Space not allowed in string format specifier'],
    ['x', '=5', "'=' alignment not allowed in string format specifier"],
    ['x', '#', 'Alternate form (#) not allowed in string format specifier'],
    ['x', ',', "Cannot specify ',' with 's'."],
    [5, 's', "Unknown format code 's' for object of type 'int'"],
    [5, '.2d', 'Precision not allowed in integer format specifier'],
    [5, ',x', "Cannot specify ',' with 'x'."],
    [5, '.', 'Format specifier missing precision'],
    [5, '+c', "Sign not allowed with integer format specifier 'c'"],
    [-1, 'c', '%c arg not in range(0x110000)'],
    [1.5, 'd', "Unknown format code 'd' for object of type 'float'"],
    [5, '>>>>', "Invalid format specifier '>>>>' for object of type 'int'"],
    [[1], '>5', 'unsupported format string passed to list.__format__'],
    [null, '>5', 'unsupported format string passed to NoneType.__format__'],
  ])('%o with %j fails with the message of Python', (value, spec, message) => {
    expect(() => formatWithSpec(value, spec, undefined)).toThrow(new FormatError(message));
  });
});
