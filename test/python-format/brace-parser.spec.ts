import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import {
  parseBraces,
  parseFieldPath,
  readFieldPath,
  type BracePiece,
} from '../../lib/python-format/brace-parser';

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
  ])('stops at %j with the message of Python', (fmt, failure) => {
    expect(parseBraces(fmt).failure).toBe(failure);
  });

  it('keeps the pieces before the invalid one', () => {
    expect(parseBraces('x{a}y{b').pieces).toEqual(['x', field('a'), 'y']);
  });
});

const FIELDS: Readonly<Record<string, unknown>> = {
  user: { id: 7, tags: ['a', 'b'] },
  list: ['a', 'b'],
  text: '😀x',
  map: new Map<unknown, unknown>([
    ['k', 'by text'],
    [5, 'by number'],
  ]),
  n: 5,
  created: 1,
  args: [1],
};

function read(expression: string): ReturnType<typeof readFieldPath> {
  return readFieldPath(parseFieldPath(expression), (name) => FIELDS[name]);
}

describe('parseFieldPath', () => {
  it('splits a name from the steps into its value', () => {
    expect(parseFieldPath('args[0].id')).toEqual({
      name: 'args',
      steps: [
        { key: '0', index: true },
        { key: 'id', index: false },
      ],
      failure: undefined,
    });
  });

  it.each([
    ['a[0', "Missing ']' in format string"],
    ['a[0]b', "Only '.' or '[' may follow ']' in format field specifier"],
    ['a.', 'Empty attribute in format string'],
    ['a[]', 'Empty attribute in format string'],
    ['', 'Replacement index 0 out of range for positional args tuple'],
    ['12.x', 'Replacement index 12 out of range for positional args tuple'],
  ])('reports the problem with %j when it is read', (expression, message) => {
    const path = parseFieldPath(expression);

    expect(path.failure).toBe(message);
    expect(() => readFieldPath(path, () => 'never read')).toThrow(new FormatError(message));
  });
});

describe('readFieldPath', () => {
  it.each<[string, unknown]>([
    ['n', 5],
    ['user.id', 7],
    ['user[id]', 7],
    ['user.tags[1]', 'b'],
    ['list[0]', 'a'],
    ['text[0]', '😀'],
    ['map[k]', 'by text'],
    ['map[5]', 'by number'],
  ])('follows %s', (expression, value) => {
    expect(read(expression).value).toBe(value);
  });

  it.each([
    ['list[5]', 'list index out of range'],
    ['args[5]', 'tuple index out of range'],
    ['text[5]', 'string index out of range'],
    ['list[x]', 'list indices must be integers or slices, not str'],
    ['text[x]', "string indices must be integers, not 'str'"],
    ['n.x', "'int' object has no attribute 'x'"],
    ['n[x]', "'int' object is not subscriptable"],
    ['user.nope', "'dict' object has no attribute 'nope'"],
    ['user[nope]', "Formatting field not found in record: 'nope'"],
  ])('says why %s has no value', (expression, message) => {
    expect(() => read(expression)).toThrow(new FormatError(message));
  });

  it.each(['user.constructor', 'user[__proto__]', 'list.length', 'text.length', 'map.size', 'n.toFixed'])(
    'does not read %s, which is not an own property',
    (expression) => {
      expect(() => read(expression)).toThrow(FormatError);
    },
  );

  it('knows the type of a field in Python, but not of its parts', () => {
    expect(read('created').kind).toBe('float');
    expect(read('args').kind).toBe('tuple');
    expect(read('args[0]').kind).toBeUndefined();
  });
});
