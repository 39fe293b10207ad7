import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  hiddenContent,
  isCredentialPair,
  isHeadersClass,
  isOpaque,
  namedObject,
  setHidden,
  setOwn,
} from '../../../lib/internal/print/shown-object';

describe('namedObject', () => {
  it('is printed with a name and has nothing else', () => {
    expect(inspect(Object.assign(namedObject('Order'), { id: 1 }))).toBe('Order { id: 1 }');
    expect(Object.getOwnPropertyNames(Object.getPrototypeOf(namedObject('Order')))).toEqual(['constructor']);
  });

  it('is created for any number of names', () => {
    for (let i = 0; i < 500; i++) expect(inspect(namedObject(`Class${i}`))).toBe(`Class${i} {}`);
  });
});

describe('hiddenContent', () => {
  it.each<[string, object, unknown]>([
    ['Headers', new Headers({ a: '1' }), { a: '1' }],
    ['URLSearchParams', new URLSearchParams('a=1&a=2&__proto__=3'), { a: ['1', '2'], ['__proto__']: '3' }],
    ['a Blob', new Blob(['abc']), { size: 3, type: '' }],
    ['a Request', new Request('http://u/x?token=1'), { method: 'GET', url: 'http://u/x?token=…' }],
    ['a Response', new Response('', { status: 404 }), { status: 404 }],
  ])('of %s is its private data', (_what, value, content) => {
    expect(hiddenContent(value, 10)).toMatchObject(content as object);
  });

  it('is undefined for an object with keys or of an unknown kind', () => {
    expect(hiddenContent(Object.assign(new URLSearchParams('a=1'), { own: 1 }), 10)).toBeUndefined();
    expect(hiddenContent(new (class Empty {})(), 10)).toBeUndefined();
  });

  it('ends at endless entries', () => {
    class Endless {
      get = (): number => 1;
    }
    Object.defineProperties(Endless.prototype, {
      has: { value: () => true },
      entries: {
        *value() {
          for (let i = 0; ; i++) yield [`k${i}`, i];
        },
      },
      [Symbol.iterator]: { value: () => [][Symbol.iterator]() },
    });
    const value = new Endless();
    setHidden(value, 'get', value.get);

    expect(Object.keys(hiddenContent(value, 10) ?? {})).toHaveLength(11);
  });
});

describe('the kind of an object', () => {
  it('is recognised by the class name for headers', () => {
    class AxiosHeaders {}

    expect([new Headers(), new AxiosHeaders(), {}, new Map()].map(isHeadersClass)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('is recognised by name or key for a pair of name and value', () => {
    expect(
      [{ name: 'Cookie' }, { key: 'authorization' }, { name: 'host' }, { value: 'cookie' }].map(
        isCredentialPair,
      ),
    ).toEqual([true, true, false, false]);
  });

  it('is recognised for objects with internal state', () => {
    const map = new Map();

    expect([Promise.resolve(), new WeakMap(), map.values(), map].map(isOpaque)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('setOwn and setHidden', () => {
  it('set a key that is called __proto__', () => {
    const holder = {};
    setOwn(holder, '__proto__', 1);
    setHidden(holder, 'hidden', 2);

    expect(JSON.stringify(holder)).toBe('{"__proto__":1}');
    expect(Object.getPrototypeOf(holder)).toBe(Object.prototype);
  });
});
