import { describe, expect, it } from 'vitest';
import { keyOf } from '../../../lib/handlers/socket/pickle-key';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

function costOf(value: unknown, size = 0): number {
  let total = 0;
  keyOf(value, size, (cost) => void (total += cost));
  return total;
}

describe('keyOf', () => {
  it.each([['a text'], [1.5], [null], [true], [Object.freeze([1])], [Buffer.from('b')]])(
    'leaves %o as it is',
    (value) => {
      expect(keyOf(value, 0, () => undefined)).toBe(value);
    },
  );

  it('makes the decimal digits of a bigint', () => {
    expect(keyOf(-(2n ** 64n), 0, () => undefined)).toBe('-18446744073709551616');
  });

  it.each([
    ['a list', []],
    ['a dict', new Map()],
    ['a set', new Set()],
  ])('refuses %s', (_what, value) => {
    expect(() => keyOf(value, 0, () => undefined)).toThrow(UnpicklingError);
  });

  it('charges a number for the entries it may have to pass', () => {
    expect(costOf(7, 1000)).toBe(costOf(7) + 1000);
  });

  it('charges a text for its characters and a bigint for its digits', () => {
    expect(costOf('x'.repeat(4000))).toBe(costOf('') + 1000);
    expect(costOf(2n ** 4000n)).toBeGreaterThan(costOf(2n ** 64n) + 1000);
  });

  it('does not charge a text for the entries: its hash has a seed', () => {
    expect(costOf('x', 1000)).toBe(costOf('x'));
  });
});
