import { describe, expect, it } from 'vitest';
import { handlerOrder, type OrderedHandler } from '../../lib/config/handler-order';

function handlers(
  uses: Readonly<Record<string, readonly string[]>>,
  last: readonly string[] = [],
): OrderedHandler[] {
  return Object.entries(uses).map(([name, used]) => ({ name, uses: used, last: last.includes(name) }));
}

describe('handlerOrder', () => {
  it('goes by name, as Python does', () => {
    expect(handlerOrder(handlers({ b: [], c: [], a: [] }))).toEqual({ order: ['a', 'b', 'c'] });
  });

  it('puts each after those it uses, however long the chain', () => {
    expect(handlerOrder(handlers({ a: ['b'], b: ['c'], c: ['d', 'e'], d: [], e: [] }))).toEqual({
      order: ['d', 'e', 'c', 'b', 'a'],
    });
  });

  it('leaves those that leave traces for the end, where it can', () => {
    expect(handlerOrder(handlers({ a: [], m: ['a'], z: [] }, ['a']))).toEqual({ order: ['z', 'a', 'm'] });
  });

  it.each([
    [{ a: ['a'] }, ['a', 'a']],
    [{ x: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
  ])('finds the cycle in %j', (uses, cycle) => {
    expect(handlerOrder(handlers(uses))).toEqual({ cycle });
  });

  it('is fast with many handlers that share others', () => {
    const names = Array.from({ length: 60 }, (_, i) => `h${String(i).padStart(2, '0')}`);
    const uses = Object.fromEntries(names.map((name, i) => [name, names.slice(i + 1)]));

    expect(handlerOrder(handlers(uses))).toEqual({ order: names.toReversed() });
  });

  /** `h0` uses nothing, `h1` uses `h0`, and so on; named so that neither order of names is that of need. */
  function chainOf(length: number): OrderedHandler[] {
    return Array.from({ length }, (_, i) => ({
      name: `h${i}`,
      uses: i === 0 ? [] : [`h${i - 1}`],
      last: false,
    }));
  }

  it.each([100, 10])('takes a chain of %d', (length) => {
    const names = chainOf(length).map(({ name }) => name);

    expect(handlerOrder(chainOf(length))).toEqual({ order: names });
    expect(handlerOrder(chainOf(length).toReversed())).toEqual({ order: names });
  });

  it.each([101, 20_000])('refuses a chain of %d', (length) => {
    expect(handlerOrder(chainOf(length))).toEqual({ chainFrom: expect.stringMatching(/^h\d+$/) as string });
  });

  it('is fast with many handlers', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      name: `h${i}`,
      uses: i % 50 === 0 ? [] : [`h${i - 1}`],
      last: i % 2 === 0,
    }));
    const start = performance.now();

    expect(handlerOrder(many)).toHaveProperty('order.length', 20_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
