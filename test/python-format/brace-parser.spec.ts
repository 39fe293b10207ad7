import { describe, expect, it } from 'vitest';
import { parseBraces, type BracePiece } from '../../lib/python-format/brace-parser';

function field(name: string, conversion?: string, spec = ''): BracePiece {
  return { name, conversion, spec };
}

describe('parseBraces', () => {
  it.each<[string, readonly BracePiece[]]>([
    ['', []],
    ['text', ['text']],
    ['a{b}c', ['a', field('b'), 'c']],
    ['{a}{b}', [field('a'), field('b')]],
    ['{{x}}', ['{', 'x', '}']],
    ['{a!r}', [field('a', 'r')]],
    ['{a:>8}', [field('a', undefined, '>8')]],
    ['{a!r:>{w}}', [field('a', 'r', '>{w}')]],
    ['{a:}', [field('a')]],
    ['{a.b[}:!]}', [field('a.b[}:!]')]],
    ['{}', [field('')]],
  ])('splits %j', (fmt, pieces) => {
    expect(parseBraces(fmt)).toEqual({ pieces, failure: undefined });
  });

  it.each([
    ['{', "Single '{' encountered in format string"],
    ['}', "Single '}' encountered in format string"],
    ['a}b', "Single '}' encountered in format string"],
    ['{a', "expected '}' before end of string"],
    ['{a[b', "expected '}' before end of string"],
    ['{a{b}', "unexpected '{' in field name"],
    ['{a!', 'end of string while looking for conversion specifier'],
    ['{a!r', "unmatched '{' in format spec"],
    ['{a!rx}', "expected ':' after conversion specifier"],
    ['{a:{b}', "unmatched '{' in format spec"],
  ])('stops at %j with the sentence of Python', (fmt, failure) => {
    expect(parseBraces(fmt).failure).toBe(failure);
  });

  it('keeps the pieces before the one that is wrong', () => {
    expect(parseBraces('x{a}y{b').pieces).toEqual(['x', field('a'), 'y']);
  });
});
