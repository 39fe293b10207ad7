import { describe, expect, it } from 'vitest';
import { UnpicklingError } from '../../../lib/errors';
import { PlainData, plainJson } from '../../../lib/handlers/receiver/plain-data';

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

  it('converts a list once that is named twice', () => {
    const shared = new Map([['a', 1]]);
    const [first, second] = plain([shared, [shared]]) as [unknown, [unknown]];

    expect(first).toEqual({ a: 1 });
    expect(second[0]).toBe(first);
  });

  it('counts the levels of a shared list where it stands deepest', () => {
    let shared: unknown = [];
    for (let i = 0; i < 60; i++) shared = [shared];
    let deep: unknown = shared;
    for (let i = 0; i < 60; i++) deep = [deep];

    expect(() => plain(shared)).not.toThrow();
    expect(() => plain([shared, deep])).toThrow('nested too deeply');
  });

  it('refuses sets of numbers that would take long to make again', () => {
    const set = new Set(Array.from({ length: 2000 }, (_, i) => i));

    expect(() => plain(set)).not.toThrow();
    expect(() => plain([set, set, set, set, set, set, set])).toThrow('more than 200000 values');
  });

  it('refuses one text that is repeated into 16 Mi characters', () => {
    const text = 'x'.repeat(1_000_000);

    expect(() => plain(Array.from({ length: 20 }, () => text))).toThrow('more than 16777216 characters');
  });
});

describe('plainJson', () => {
  const json = (text: string): unknown => plainJson(Buffer.from(text));

  it('reads JSON, whatever its texts hold', () => {
    const value = { a: [1, { b: '[{",:\\"' }], __proto: null };

    expect(json(JSON.stringify(value))).toEqual(value);
  });

  it('takes 100 levels and refuses more', () => {
    expect(() => json(`${'['.repeat(100)}${']'.repeat(100)}`)).not.toThrow();
    expect(() => json(`${'['.repeat(110)}${']'.repeat(110)}`)).toThrow('nested too deeply');
  });

  it('refuses more values than a record may have', () => {
    expect(() => json(`[${'0,'.repeat(100_000)}0]`)).not.toThrow();
    expect(() => json(`[${'0,'.repeat(200_000)}0]`)).toThrow('more than 200000 values');
  });

  it.each(['{', '"', '"\\', ']]]]', 'nul'])('refuses %s', (text) => {
    expect(() => json(text)).toThrow(UnpicklingError);
  });
});
