import { describe, expect, it } from 'vitest';
import { advance, compilePaths } from '../../../lib/internal/print/redact-paths';

/** Whether the keys, one after the other, lead to where a path ends. */
function leadsToEnd(paths: readonly string[], keys: readonly string[]): boolean {
  let nodes = compilePaths(paths);
  for (const key of keys) nodes = advance(nodes, key);
  return nodes.some((node) => node.end);
}

describe('a compiled path', () => {
  it.each<[string, string[]]>([
    ['password', ['password']],
    ['Req.Headers', ['reQ', 'headerS']],
    ['*.token', ['anything', 'token']],
    ['items[*].card', ['items', '3', 'card']],
    ['items[3]', ['items', '3']],
    ['a["b.c"].d', ['a', 'b.c', 'd']],
    ["a['b c']", ['a', 'b c']],
    ['[0].x', ['0', 'x']],
    ['**.x', ['x']],
    ['**.x', ['a', 'b', 'c', 'x']],
    ['a.**.x', ['a', 'x']],
    ['a.**.x', ['a', 'b', 'c', 'x']],
    ['a.**.x.y', ['a', 'x', 'x', 'y']],
    ['**.a.**.b', ['q', 'a', 'q', 'b']],
  ])('%s is reached by %j', (path, keys) => {
    expect(leadsToEnd([path], keys)).toBe(true);
  });

  it.each<[string, string[]]>([
    ['password', ['user', 'password']],
    ['*.token', ['token']],
    ['*.token', ['a', 'b', 'token']],
    ['items[*].card', ['items', 'card']],
    ['a["b.c"]', ['a', 'b', 'c']],
    ['a.**.x', ['x']],
    ['a.**.x', ['b', 'x']],
    ['a.b', ['a']],
  ])('%s is not reached by %j', (path, keys) => {
    expect(leadsToEnd([path], keys)).toBe(false);
  });

  it('is independent of another path with the same keys', () => {
    const paths = ['a.b.c', 'a.*.d', '**.e'];

    expect(leadsToEnd(paths, ['a', 'b', 'd'])).toBe(true);
    expect(leadsToEnd(paths, ['a', 'x', 'c'])).toBe(false);
    expect(leadsToEnd(paths, ['a', 'x', 'e'])).toBe(true);
  });

  it('does not match a key that looks like a wildcard', () => {
    expect(leadsToEnd(['a.b'], ['a', '*'])).toBe(false);
    expect(leadsToEnd(['a.**.b'], ['**', 'b'])).toBe(false);
  });

  it('does not match below its end', () => {
    expect(advance(advance(compilePaths(['a.b']), 'x'), 'b')).toEqual([]);
  });

  it.each(['', '.', '.a', 'a.', 'a..b', 'a[', 'a[]', 'a]', 'a[b', 'a[0]b', 'a["b]', '**', 'a.**'])(
    'refuses %j',
    (path) => {
      expect(() => compilePaths([path])).toThrow(
        expect.objectContaining({ name: 'ConfigurationError', code: 'ERR_LOG_OPTION' }),
      );
    },
  );
});
