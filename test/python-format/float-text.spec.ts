import { describe, expect, it } from 'vitest';
import { exponentialText, fixedText, generalText, reprFloat } from '../../lib/python-format/float-text';

describe('fixedText', () => {
  it.each([
    [0.5, 0, '0'],
    [1.5, 0, '2'],
    [2.5, 0, '2'],
    [2.675, 2, '2.67'],
    [0.125, 2, '0.12'],
    [0, 3, '0.000'],
    [0.1, 20, '0.10000000000000000555'],
    [1e22, 0, '10000000000000000000000'],
    [5e-324, 3, '0.000'],
    [-1.5, 1, '1.5'],
  ])('%d with %d decimals is exact, and ties go to the even digit', (value, precision, text) => {
    expect(fixedText(value, { precision })).toBe(text);
  });

  it('is the same as toFixed except for ties', () => {
    for (let i = 1; i < 300; i++) {
      const value = i ** 3 / 7;
      for (const precision of [0, 1, 6, 20]) {
        expect(fixedText(value, { precision })).toBe(value.toFixed(precision));
      }
    }
  });

  it('keeps the point of a whole number on request', () => {
    expect(fixedText(3, { precision: 0, alternate: true })).toBe('3.');
  });
});

describe('exponentialText', () => {
  it.each([
    [0, 2, '0.00e+00'],
    [12345.678, 3, '1.235e+04'],
    [9.9999, 2, '1.00e+01'],
    [2.5, 0, '2e+00'],
    [1e-7, 0, '1e-07'],
    [1e100, 1, '1.0e+100'],
    [5e-324, 3, '4.941e-324'],
  ])('%d with %d decimals', (value, precision, text) => {
    expect(exponentialText(value, { precision })).toBe(text);
  });

  it('keeps the point on request', () => {
    expect(exponentialText(1, { precision: 0, alternate: true })).toBe('1.e+00');
  });
});

describe('generalText', () => {
  it.each([
    [0, 6, '0'],
    [1.5, 6, '1.5'],
    [100_000, 6, '100000'],
    [1_000_000, 6, '1e+06'],
    [999_999.5, 6, '1e+06'],
    [0.0001, 6, '0.0001'],
    [0.000_01, 6, '1e-05'],
    [123, 0, '1e+02'],
    [1234.5678, 3, '1.23e+03'],
  ])('%d with %d digits is the shorter of the two', (value, precision, text) => {
    expect(generalText(value, { precision })).toBe(text);
  });

  it('keeps zeros on request', () => {
    expect(generalText(1.5, { precision: 6, alternate: true })).toBe('1.50000');
  });

  it('keeps the point of a float on request', () => {
    expect(generalText(10, { precision: 3, keepPoint: true })).toBe('10.0');
    expect(generalText(100, { precision: 3, keepPoint: true })).toBe('1e+02');
  });
});

describe('reprFloat', () => {
  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [123.456, '123.456'],
    [0.000_123_45, '0.00012345'],
    [0.000_012, '1.2e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [-1.5e300, '-1.5e+300'],
    [Number.NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ])('%d', (value, text) => {
    expect(reprFloat(value)).toBe(text);
  });

  it('reads back as the same number', () => {
    for (let i = 1; i < 300; i++) {
      const value = (i * 1.1) ** ((i % 61) - 30);
      expect(Number(reprFloat(value))).toBe(value);
    }
  });
});
