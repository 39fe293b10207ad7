import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { checkInteger, checkNumber } from '../../lib/internal/check-number';

describe('checkInteger', () => {
  it.each([
    [0, 0],
    [1, 1],
    [Number.MAX_SAFE_INTEGER, 0],
  ] as const)('returns %d if the minimum is %d', (value, least) => {
    expect(checkInteger('H', 'n', { value, least })).toBe(value);
  });

  it.each([
    [-1, 0, 'H: "n" must be a non-negative integer, got -1.'],
    [0, 1, 'H: "n" must be a positive integer, got 0.'],
    [1.5, 0, 'H: "n" must be a non-negative integer, got 1.5.'],
    [Number.NaN, 0, 'H: "n" must be a non-negative integer, got NaN.'],
    ['7', 0, 'H: "n" must be a non-negative integer, got 7.'],
  ] as const)('refuses %j if the minimum is %d', (value, least, message) => {
    const check = (): number => checkInteger('H', 'n', { value: value as number, least });

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });
});

describe('checkNumber', () => {
  it('returns a finite number that is not below the minimum', () => {
    expect(checkNumber('H', 'n', { value: 0.5, least: 0.5 })).toBe(0.5);
    expect(checkNumber('H', 'n', { value: 1e9, least: 0 })).toBe(1e9);
  });

  it.each([
    [-0.1, 0, 'H: "n" must be a number of at least 0, got -0.1.'],
    [Number.NaN, 0, 'H: "n" must be a number of at least 0, got NaN.'],
    [Number.POSITIVE_INFINITY, 1, 'H: "n" must be a number of at least 1, got Infinity.'],
    ['2', 1, 'H: "n" must be a number of at least 1, got 2.'],
  ] as const)('refuses %j if the minimum is %d', (value, least, message) => {
    const check = (): number => checkNumber('H', 'n', { value: value as number, least });

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });
});
