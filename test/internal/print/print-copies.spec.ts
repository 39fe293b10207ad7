import { describe, expect, it } from 'vitest';
import {
  copyArray,
  copyMap,
  copyProperties,
  copySet,
  type Visitor,
} from '../../../lib/internal/print/print-copies';

/** Prints each text but `same` in capitals. */
function capitals(maxEntries = 3): Visitor {
  const below = (value: unknown): unknown =>
    typeof value === 'string' && value !== 'same' ? value.toUpperCase() : value;
  return {
    isText: false,
    maxEntries,
    roots: [],
    censor: '###',
    inHeaders: false,
    // Every value is looked at.
    inError: true,
    child: (_key, value) => below(value),
    below,
    isFull: () => false,
  };
}

/** Marks as the texts they print. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function properties(value: object, visitor: Visitor): object {
  return copyProperties(value, { nodes: [], visitor, empty: () => ({}) });
}

describe('copies of containers', () => {
  it('are the same values if nothing changes', () => {
    const values = [['same', 1], new Set(['same']), new Map([['k', 'same']]), { k: 'same' }] as const;

    expect(copyArray(values[0], [], capitals())).toBe(values[0]);
    expect(copySet(values[1], [], capitals())).toBe(values[1]);
    expect(copyMap(values[2], [], capitals())).toBe(values[2]);
    expect(properties(values[3], capitals())).toBe(values[3]);
  });

  it.each([Number.NaN, -0])('are the same values with %s in them', (number) => {
    const values = [[number], { number }, new Map([[number, number]]), new Set([number])] as const;

    expect(copyArray(values[0], [], capitals())).toBe(values[0]);
    expect(copyProperties(values[1], { nodes: [], visitor: capitals(), empty: () => ({}) })).toBe(values[1]);
    expect(copyMap(values[2], [], capitals())).toBe(values[2]);
    expect(copySet(values[3], [], capitals())).toBe(values[3]);
  });

  it('are frozen if the original array is frozen', () => {
    expect(Object.isFrozen(copyArray(Object.freeze(['a', 'b']), [], capitals()))).toBe(true);
    expect(Object.isFrozen(copyArray(Object.freeze(['a', 'b', 'c', 'd']), [], capitals()))).toBe(true);
    expect(Object.isFrozen(copyArray(['a', 'b'], [], capitals()))).toBe(false);
  });

  it('contain the entries before and after a change', () => {
    expect(copyArray(['same', 'a', 1], [], capitals())).toEqual(['same', 'A', 1]);
    expect([...copySet(new Set(['same', 'a']), [], capitals())]).toEqual(['same', 'A']);
    expect([
      ...copyMap(
        new Map([
          ['x', 'same'],
          ['y', 'a'],
        ]),
        [],
        capitals(),
      ),
    ]).toEqual([
      ['x', 'same'],
      ['y', 'A'],
    ]);
    expect(properties({ x: 'same', y: 'a', z: 1 }, capitals())).toEqual({ x: 'same', y: 'A', z: 1 });
  });

  it('end at the limit, and say how much more there is', () => {
    const numbers = [1, 2, 3, 4, 5];

    expect(plain(copyArray(numbers, [], capitals()))).toEqual([1, 2, 3, '… 2 more items']);
    expect(plain([...copySet(new Set(numbers), [], capitals())])).toEqual([1, 2, 3, '… 2 more items']);
    expect(plain([...copyMap(new Map(numbers.map((n) => [n, n])), [], capitals())])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      ['…', '2 more keys'],
    ]);
    expect(plain(properties({ a: 1, b: 2, c: 3, d: 4 }, capitals()))).toEqual({
      a: 1,
      b: 2,
      c: 3,
      '…': '1 more keys',
    });
  });

  it('keep the mark of an earlier walk', () => {
    const once = plain(copyArray([1, 2, 3, 4], [], capitals())) as unknown[];

    expect(copyArray(once, [], capitals())).toBe(once);
    expect(
      properties({ a: 1, b: 2, c: 3, '…': '4 more keys' }, { ...capitals(), child: (_key, value) => value }),
    ).toEqual({
      a: 1,
      b: 2,
      c: 3,
      '…': '4 more keys',
    });
  });

  it('of an array with gaps contain its items', () => {
    const items: unknown[] = ['a'];
    items[9] = 'b';
    items[4e9] = 'same';

    expect(plain(copyArray(items, [], capitals()))).toEqual([
      'A',
      '… 8 empty items',
      'B',
      '… 3999999990 empty items',
      'same',
    ]);
    expect(plain(copyArray(items, [], capitals(2)))).toEqual([
      'A',
      '… 8 empty items',
      'B',
      '… 3999999991 more items',
    ]);
  });
});
