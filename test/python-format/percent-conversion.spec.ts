import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { convertPercent, type PercentSpec } from '../../lib/python-format/percent-conversion';
import type { FieldKind } from '../../lib/python-format/python-text';

/** `-8.3s` as the parts that a scanner finds. */
function spec(text: string, kind?: FieldKind): PercentSpec {
  const [, flags = '', width = '', precision, conversion = ''] =
    /^([-+ 0#]*)(\d*)(?:\.(\d+))?(\w)$/.exec(text) ?? [];
  return {
    flags,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    conversion,
    kind,
  };
}

describe('convertPercent', () => {
  it.each<[string, unknown, string]>([
    ['s', 'x', 'x'],
    ['s', null, 'None'],
    ['5s', 'ab', '   ab'],
    ['-5s', 'ab', 'ab   '],
    ['05s', 'ab', '   ab'],
    ['3s', '😀', '  😀'],
    ['.1s', '😀x', '😀'],
    ['r', 'x', "'x'"],
    ['.2r', 'x', "'x"],
    ['a', 'é', "'\\xe9'"],
    ['d', 5, '5'],
    ['d', 3.9, '3'],
    ['i', -3.9, '-3'],
    ['u', true, '1'],
    ['d', 10n ** 20n, '100000000000000000000'],
    ['05d', -42, '-0042'],
    ['-05d', 42, '42   '],
    ['+d', 5, '+5'],
    [' d', 5, ' 5'],
    ['.3d', 5, '005'],
    ['5.3d', -5, ' -005'],
    ['x', 255, 'ff'],
    ['#x', 255, '0xff'],
    ['#X', -255, '-0XFF'],
    ['#06x', 255, '0x00ff'],
    ['#o', 8, '0o10'],
    ['f', 1.5, '1.500000'],
    ['.2f', true, '1.00'],
    ['#.0f', 3, '3.'],
    ['08.2f', -1.5, '-0001.50'],
    ['E', 12_345.678, '1.234568E+04'],
    ['g', 0.0001, '0.0001'],
    ['F', Infinity, 'INF'],
    ['06f', Number.NaN, '000nan'],
    ['f', -0, '-0.000000'],
    ['c', 97, 'a'],
    ['3c', '😀', '  😀'],
  ])('%%%s of %o is %j', (text, value, result) => {
    expect(convertPercent(value, spec(text))).toBe(result);
  });

  it.each<[string, unknown, string]>([
    ['d', 'x', '%d format: a real number is required, not str'],
    ['d', null, '%d format: a real number is required, not NoneType'],
    ['x', 1.5, '%x format: an integer is required, not float'],
    ['d', Number.NaN, 'cannot convert float NaN to integer'],
    ['d', Infinity, 'cannot convert float infinity to integer'],
    ['f', 'x', 'must be real number, not str'],
    ['c', 'ab', '%c requires int or char'],
    ['c', 1.5, '%c requires int or char'],
    ['c', 0x110000, '%c arg not in range(0x110000)'],
  ])('%%%s of %o fails with the message of Python', (text, value, message) => {
    expect(() => convertPercent(value, spec(text))).toThrow(new FormatError(message));
  });

  it('treats a whole number as a float if the field is a float', () => {
    expect(convertPercent(1, spec('s', 'float'))).toBe('1.0');
    expect(convertPercent(1, spec('d', 'float'))).toBe('1');
    expect(() => convertPercent(1, spec('x', 'float'))).toThrow(
      new FormatError('%x format: an integer is required, not float'),
    );
  });
});
