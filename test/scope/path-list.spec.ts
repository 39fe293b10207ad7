import { describe, expect, it } from 'vitest';
import { PathList } from '../../lib/scope/path-list';

const NO_PREFIX = { source: '' };
const has = (entries: readonly (string | RegExp)[], path: string, source = ''): boolean =>
  new PathList(entries).hasPath(path, { source });

describe('PathList.hasPath', () => {
  it.each([
    ['/health', '/health', true],
    ['/health', '/health/', true],
    ['/health', '/health/live', true],
    ['/health', '/HEALTH', true],
    ['/Health/', '/health', true],
    ['health', '/health', true],
    ['/health', '/h%65alth', true],
    ['/caf\u00e9', '/caf%C3%A9', true],
    ['/health', '/healthy', false],
    ['/health', '/orders/health', false],
    ['/health', '', false],
    ['/health', '*', false],
    ['/health', '/%', false],
    ['/a.b', '/axb', false],
    ['/a(b', '/a(b', true],
    ['/a+$', '/a+$/c', true],
    ['/', '/', true],
    ['/', '', true],
    ['/', '/orders', false],
  ])('%s has %s: %s', (entry, path, expected) => {
    expect(has([entry], path)).toBe(expected);
  });

  it('asks each path and each pattern', () => {
    const list = new PathList(['/health', /\.css$/, '/metrics']);

    expect(['/health', '/metrics', '/a/b.css', '/a'].map((path) => list.hasPath(path, NO_PREFIX))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('gives patterns the path as it came', () => {
    expect([has([/^\/health$/], '/Health'), has([/%65/], '/h%65alth')]).toEqual([false, true]);
  });

  it('keeps no place in a pattern that has one', () => {
    const list = new PathList([/x/g]);

    expect([1, 2, 3].map(() => list.hasPath('/x', NO_PREFIX))).toEqual([true, true, true]);
  });

  it('finds a path behind the prefix of its routes and without it', () => {
    const source = '(?:/api)?(?:/v1|/v2)?';
    const paths = ['/health', '/api/health', '/v1/health', '/API/V2/health/db', '/v3/health', '/xapi/health'];

    expect(paths.map((path) => has(['/health'], path, source))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(['/', '/api', '/api/v1/', '/api/x'].map((path) => has(['/'], path, source))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('looks again when the prefix becomes known, and of two applications in turn', () => {
    const list = new PathList(['/health']);
    const late = { source: '' };
    const other = { source: '(?:/two)?' };

    expect(list.hasPath('/one/health', late)).toBe(false);
    late.source = '(?:/one)?';
    expect([1, 2].map(() => [list.hasPath('/one/health', late), list.hasPath('/one/health', other)])).toEqual(
      [
        [true, false],
        [true, false],
      ],
    );
  });

  it('has nothing when it is empty', () => {
    expect([new PathList([]).isEmpty, has([], '/'), new PathList(['/a']).isEmpty]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('PathList.hasName', () => {
  it.each([
    ['orders.find', true],
    ['Orders.find', false],
    ['orders.find.all', false],
    ['sensors/7', true],
    ['metrics.cpu', true],
    ['/orders.find', false],
  ])('tells whether it has the message %s: %s', (name, expected) => {
    expect(new PathList(['orders.find', 'sensors', /^metrics\./]).hasName(name)).toBe(expected);
  });
});
