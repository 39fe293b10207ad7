import { describe, expect, it } from 'vitest';
import { PlainData } from '../../../lib/handlers/socket/plain-data';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const plain = (value: unknown): unknown => new PlainData().of(value);

describe('PlainData', () => {
  it('makes objects of dicts whose keys are texts', () => {
    expect(plain(new Map([['a', new Map([['b', [1]]])]]))).toEqual({ a: { b: [1] } });
  });

  it('keeps a dict with other keys apart from texts that look the same', () => {
    const dict = new Map<unknown, unknown>([
      [1, 'int'],
      ['1', 'str'],
    ]);

    expect(plain(dict)).toEqual(dict);
  });

  it('takes __proto__ for a key like others', () => {
    const made = plain(new Map([['__proto__', new Map([['polluted', true]])]])) as object;

    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(Object.keys(made)).toEqual(['__proto__']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('hands out arrays and sets of its own', () => {
    expect(plain(Object.freeze([new Map([['a', 1]])]))).toEqual([{ a: 1 }]);
    expect(plain(new Set([1]))).toEqual(new Set([1]));
  });

  it('refuses what contains itself', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);

    expect(() => plain(cycle)).toThrow('nested too deeply, or contains itself');
  });

  it('refuses a small pickle that means a large tree', () => {
    let laughs: unknown = ['ha'];
    for (let i = 0; i < 12; i++) laughs = Array.from({ length: 10 }, () => laughs);

    expect(() => plain(laughs)).toThrow(UnpicklingError);
  });

  it('refuses one text that is repeated into 16 Mi characters', () => {
    const text = 'x'.repeat(1_000_000);

    expect(() => plain(Array.from({ length: 20 }, () => text))).toThrow('more than 16777216 characters');
  });
});
