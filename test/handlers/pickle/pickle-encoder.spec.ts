import { describe, expect, it } from 'vitest';
import { PickleEncoder } from '../../../lib/handlers/pickle/pickle-encoder';
import { PlainData } from '../../../lib/handlers/receiver/plain-data';
import { decodePickle } from '../../../lib/handlers/receiver/received-record';

/** What a receiver gets of the value. */
function sent(value: unknown): unknown {
  return new PlainData().of(decodePickle(new PickleEncoder().encode(value)));
}

describe('PickleEncoder', () => {
  it('sends plain data as it is', () => {
    const value = { text: 'é', count: 3, ratio: 0.5, big: 2n ** 70n, yes: true, no: null, list: [1, [2]] };

    expect(sent(value)).toEqual(value);
  });

  it('writes keys and values without their dict', () => {
    const entries = new PickleEncoder().entries([
      ['a', 1],
      ['b', null],
    ]);

    expect(entries.toString('latin1')).toBe('X\x01\0\0\0aK\x01X\x01\0\0\0bN');
  });

  it('leaves out properties that are undefined', () => {
    expect(sent({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  it('sends undefined in a list as None', () => {
    expect(sent([undefined, 1])).toEqual([null, 1]);
  });

  it('sends a frozen array as a tuple', () => {
    expect(Object.isFrozen(decodePickle(new PickleEncoder().encode(Object.freeze([1, 2]))))).toBe(true);
    expect(Object.isFrozen(decodePickle(new PickleEncoder().encode([1, 2])))).toBe(false);
  });

  it('sends a Map with its keys, and a Set as a list', () => {
    const map = new Map<unknown, unknown>([
      [1, 'int'],
      ['1', 'str'],
      [null, new Set([1, 2])],
      [{ a: 1 }, 'object'],
    ]);

    expect(sent(map)).toEqual(
      new Map<unknown, unknown>([
        [1, 'int'],
        ['1', 'str'],
        [null, [1, 2]],
        ['{ a: 1 }', 'object'],
      ]),
    );
  });

  it.each([
    ['a Date', new Date(Date.UTC(2024, 1, 29)), '2024-02-29T00:00:00.000Z'],
    ['an invalid Date', new Date(Number.NaN), 'Invalid Date'],
    ['bytes', Buffer.from('ab'), '6162'],
    ['an ArrayBuffer', new Uint8Array([1, 255]).buffer, '01ff'],
    ['a RegExp', /a+/g, '/a+/g'],
    ['a URL', new URL('http://shop.example/a'), 'http://shop.example/a'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', function named() {}, '[Function: named]'],
    ['a promise', Promise.resolve(), '[Promise]'],
    ['a weak map', new WeakMap(), '[Weak collection]'],
  ])('sends %s as text', (_what, value, text) => {
    expect(sent(value)).toBe(text);
  });

  it('sends a boxed primitive as what is in it', () => {
    expect(sent(Object('boxed'))).toBe('boxed');
  });

  it('sends an Error with its stack and causes', () => {
    const text = sent({ error: new Error('outer', { cause: new Error('inner') }) }) as {
      readonly error: string;
    };

    expect(text.error).toContain('Error: outer\n    at ');
    expect(text.error).toContain('[cause]: Error: inner');
  });

  it('sends a class instance as its properties, and what has toJSON as what that returns', () => {
    class Order {
      id = 7;
      #secret = 1;
      get total(): number {
        return this.#secret;
      }
    }

    expect(sent([new Order(), { toJSON: () => ({ shown: 1 }) }])).toEqual([{ id: 7 }, { shown: 1 }]);
  });

  it('ends where a value contains itself', () => {
    const cycle: Record<string, unknown> = { name: 'loop' };
    cycle['self'] = cycle;

    expect(sent(cycle)).toEqual({ name: 'loop', self: '[Circular]' });
  });

  it('says so where a value throws when it is read, and sends the rest', () => {
    const hostile = {
      get broken(): never {
        throw new Error('no');
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('never');
          },
        },
      ),
      json: {
        toJSON: () => {
          throw 'text';
        },
      },
      fine: 1,
    };

    expect(sent(hostile)).toEqual({
      broken: '[Throws: no]',
      proxy: '[Throws: never]',
      json: '[Throws: text]',
      fine: 1,
    });
  });

  it('survives a revoked Proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(sent([proxy])).toEqual([expect.stringContaining('[Throws: ')]);
  });

  it('cuts what is nested deeper than 100 levels', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) deep = [deep];

    expect(JSON.stringify(sent(deep))).toContain('"[Array(1)]"');
  });

  it('cuts a record of more than 256 KiB, and says so', () => {
    const value = sent(['☃'.repeat(10_000_000), { after: {} }]) as unknown[];

    expect(value[0]).toMatch(/^☃{80000,}…\[\d+ more characters cut\]$/);
    expect(value[1]).toBe('[Cut: the record is too large]');
  });

  it('keeps the keys of a record that is cut', () => {
    const value = { first: 'x'.repeat(1_000_000), second: 'text', third: 3, map: new Map([['fourth', 4]]) };

    const { first, ...rest } = sent(value) as typeof value;

    expect(first).toContain('more characters cut');
    expect(rest).toEqual({
      second: '…[4 more characters cut]',
      third: 3,
      map: '[Cut: the record is too large]',
    });
  });

  it.each([
    ['objects', Array.from({ length: 200_000 }, () => ({}))],
    ['numbers', Array.from({ length: 2_000_000 }, (_, i) => i)],
    ['members of a tuple', Object.freeze(Array.from({ length: 2_000_000 }, (_, i) => i))],
    ['keys', Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`key${i}`, i]))],
  ])('cuts any number of %s below what a receiver takes, and says so', (_what, value) => {
    const bytes = new PickleEncoder().encode(value);

    expect(bytes.length).toBeLessThan(1024 * 1024);
    expect(bytes.includes('[Cut: the record is too large]')).toBe(true);
    expect(() => new PlainData().of(decodePickle(bytes))).not.toThrow();
  });

  it('keeps credentials of headers to itself', () => {
    expect(sent({ headers: { Authorization: 'Bearer x', accept: '*/*' } })).toEqual({
      headers: { Authorization: '[Redacted]', accept: '*/*' },
    });
  });

  it('names no code, whatever it is given', () => {
    const values = [
      new Date(),
      new Map([[1, 2]]),
      new Set([1]),
      Buffer.from('x'),
      new Error('e'),
      Symbol('s'),
    ];
    const pickle = new PickleEncoder().encode(values);

    // The decoder refuses all names but a few; the bytes of GLOBAL and its kin are not opcodes here.
    expect(decodePickle(pickle)).toHaveLength(values.length);
    expect(pickle.includes('datetime')).toBe(false);
    expect(pickle.includes('_codecs')).toBe(false);
  });
});
