import { describe, expect, it } from 'vitest';
import {
  codePoints,
  cutCodePoints,
  fieldKind,
  isPythonInt,
  pythonAscii,
  pythonRepr,
  pythonStr,
  pythonType,
} from '../../lib/python-format/python-text';

function thrower(): never {
  throw new Error('no');
}

describe('pythonRepr', () => {
  it.each<[unknown, string]>([
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [5, '5'],
    [1.5, '1.5'],
    [1e16, '1e+16'],
    [10n, '10'],
    ['x', "'x'"],
    ["it's", '"it\'s"'],
    [`'"`, `'\\'"'`],
    ['a\n\t\\', "'a\\n\\t\\\\'"],
    ['\0\u001b\u00a0\u2028', "'\\x00\\x1b\\xa0\\u2028'"],
    ['é 😀', "'é 😀'"],
    ['\ud800', "'\\ud800'"],
    [[], '[]'],
    [[1, 'x', [null]], "[1, 'x', [None]]"],
    [{ a: 1, 'b c': [] }, "{'a': 1, 'b c': []}"],
    [new Map<unknown, unknown>([[1, 'x']]), "{1: 'x'}"],
    [new Set(), 'set()'],
    [new Set([1, 2]), '{1, 2}'],
    [Buffer.from('a\n\xff', 'latin1'), "b'a\\n\\xff'"],
  ])('of %o', (value, text) => {
    expect(pythonRepr(value)).toBe(text);
  });

  it('ends at a value that contains itself, and at one that is too deep', () => {
    const list: unknown[] = [1];
    list.push(list);
    let deep: unknown = [];
    for (let i = 0; i < 50; i++) deep = { deep };

    expect(pythonRepr(list)).toBe('[1, [...]]');
    expect(pythonRepr(deep)).toContain('{...}');
  });

  it('prints a tuple and a float if the field is one', () => {
    expect([pythonRepr([], 'tuple'), pythonRepr([1], 'tuple'), pythonRepr([1, [2]], 'tuple')]).toEqual([
      '()',
      '(1,)',
      '(1, [2])',
    ]);
    expect(pythonRepr(1, 'float')).toBe('1.0');
  });
});

describe('pythonStr', () => {
  class Order {
    toString(): string {
      return 'order 7';
    }
  }

  it.each<[unknown, string]>([
    ["it's", "it's"],
    [null, 'None'],
    [new Error('boom'), 'boom'],
    [new Order(), 'order 7'],
    [{ toString: () => 'ignored' }, "{'toString': [Function: toString]}"],
    [['x'], "['x']"],
    [Buffer.from('x'), "b'x'"],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('of %o', (value, text) => {
    expect(pythonStr(value)).toBe(text);
  });

  it('prints an instance whose toString returns no text', () => {
    class Odd {
      readonly id = 1;
      toString(): string {
        return 5 as unknown as string;
      }
    }

    expect(pythonStr(new Odd())).toBe('Odd { id: 1 }');
  });
});

describe('pythonAscii', () => {
  it('escapes non-ASCII characters', () => {
    expect(pythonAscii(['é', '年', '😀'])).toBe("['\\xe9', '\\u5e74', '\\U0001f600']");
  });
});

describe('pythonType', () => {
  it.each<[unknown, string]>([
    [null, 'NoneType'],
    ['x', 'str'],
    [true, 'bool'],
    [5, 'int'],
    [-0, 'float'],
    [2 ** 53, 'float'],
    [1n, 'int'],
    [[], 'list'],
    [new Set(), 'set'],
    [new Uint8Array(), 'bytes'],
    [new Map(), 'dict'],
    [Object.create(null), 'dict'],
    [new Date(), 'Date'],
    [Symbol.iterator, 'symbol'],
  ])('of %o is %s', (value, name) => {
    expect(pythonType(value)).toBe(name);
  });

  it('depends on the field if JavaScript cannot tell', () => {
    expect(pythonType([], 'tuple')).toBe('tuple');
    expect(pythonType(5, 'float')).toBe('float');
    expect(isPythonInt(5, 'float')).toBe(false);
  });
});

describe('fieldKind', () => {
  it.each([
    ['created', 'float'],
    ['msecs', 'float'],
    ['relativeCreated', 'float'],
    ['args', 'tuple'],
    ['lineno', undefined],
  ])('of %s is %s', (name, kind) => {
    expect(fieldKind(name)).toBe(kind);
  });
});

describe('code points', () => {
  it.each([
    ['', 0],
    ['aé年', 3],
    ['😀a😀', 3],
    ['\ud83d', 1],
    ['\ude00\ud83d', 2],
  ])('of %j are %d', (text, count) => {
    expect(codePoints(text)).toBe(count);
  });

  it('are not split', () => {
    expect(cutCodePoints('a😀b', 2)).toBe('a😀');
    expect(cutCodePoints('ab', 5)).toBe('ab');
    expect(cutCodePoints('😀\ud83dx', 2)).toBe('😀\ud83d');
    expect(cutCodePoints('abc', 0)).toBe('');
  });

  it('prints the size of more than a KiB, and the first bytes', () => {
    expect(pythonRepr(new Uint8Array(1025))).toBe(`[Uint8Array of 1025 bytes: ${'00'.repeat(32)}…]`);
    expect(pythonStr([Buffer.alloc(1025, 1)])).toBe(`[[Buffer of 1025 bytes: ${'01'.repeat(32)}…]]`);
    expect(pythonStr(new Float64Array(1000))).toBe(`[Float64Array of 8000 bytes: ${'00'.repeat(32)}…]`);
  });

  it.each<[string, unknown, string | RegExp]>([
    ['a toString', { constructor: Map, __proto__: { toString: thrower } }, '[Throws: no]'],
    ['a getter', Object.defineProperty({}, 'a', { get: thrower, enumerable: true }), "{'a': '[Throws: no]'}"],
    ['a message', Object.defineProperty(new Error('x'), 'message', { get: thrower }), '[Throws: no]'],
    ['an array', new Proxy([1], { get: thrower }), '[Throws: no]'],
  ])('prints the error of %s', (_what, value, text) => {
    expect(pythonStr(value)).toBe(text);
  });
});
