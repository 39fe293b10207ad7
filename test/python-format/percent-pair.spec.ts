import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { formatPair } from '../../lib/python-format/percent-pair';

describe('formatPair', () => {
  it.each([
    ['%s,%03d', 7, '10:00,007'],
    ['%s,%03d', 999.9, '10:00,999'],
    ['%s,%03d', -5, '10:00,-05'],
    ['%s.%03dZ', 7, '10:00.007Z'],
    ['%s%%%d', 7, '10:00%7'],
    ['%-7s|%07.2f', 7, '10:00  |0007.00'],
    ['%s %s', 7, '10:00 7.0'],
    ['%.2s%ld', 7, '107'],
  ])('renders %j with %d', (pattern, number, text) => {
    expect(formatPair(pattern, '10:00', number)).toBe(text);
  });

  it.each([
    ['%s', 'not all arguments converted during string formatting'],
    ['%%', 'not all arguments converted during string formatting'],
    ['%s %d %d', 'not enough arguments for format string'],
    ['%d %d', '%d format: a real number is required, not str'],
  ])('refuses %j, which does not take a text and a number', (pattern, message) => {
    expect(() => formatPair(pattern, '10:00', 7)).toThrow(new FormatError(message));
  });

  it.each(['%99999s,%d', '%s,%.99999f'])('refuses %s', (pattern) => {
    expect(() => formatPair(pattern, 'time', 7)).toThrow('must be at most 5000, got 99999');
  });
});
