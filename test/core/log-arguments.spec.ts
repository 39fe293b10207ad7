import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { resolveArguments } from '../../lib/core/log-arguments';

function text(message: unknown, ...args: unknown[]): string {
  return resolveArguments(message, args).text;
}

describe('resolveArguments', () => {
  it.each([
    ['%s', ['a'], 'a'],
    ['%s took %d ms', ['job', 12.5], 'job took 12.5 ms'],
    ['%i|%f', [12.9, '1.5'], '12|1.5'],
    ['%j', [{ id: 1 }], '{"id":1}'],
    ['%o', [[1]], '[ 1, [length]: 1 ]'],
    ['%O', [{ id: 1 }], '{ id: 1 }'],
    ['a%cb', ['color: red'], 'ab'],
    ['%d %%', [5], '5 %'],
    ['%s', [5n], '5n'],
    ['%s', [null], 'null'],
    ['%s and %s', ['one'], 'one and %s'],
    ['%x', ['left over'], '%x left over'],
  ])('renders %j as util.format does', (message, args, expected) => {
    expect(text(message, ...args)).toBe(expected);
  });

  it.each(['100%', '100%%', '%s', '%d%%'])('leaves %j alone when there are no arguments', (message) => {
    expect(text(message)).toBe(message);
  });

  it('appends arguments that no placeholder uses', () => {
    expect(text('placed', 13, ['a'], null, undefined)).toBe("placed 13 [ 'a' ] null undefined");
  });

  it('takes an Error from anywhere among the left-over arguments', () => {
    const error = new Error('refused');

    const resolved = resolveArguments('order %s', [13, 'by', error, 'bank']);

    expect(resolved).toMatchObject({ error, text: 'order 13 by bank' });
  });

  it('leaves an Error that a placeholder uses in the text', () => {
    const resolved = resolveArguments('failed: %s', [new RangeError('too far')]);

    expect(resolved.text).toMatch(/^failed: RangeError: too far/);
    expect(resolved.error).toBeUndefined();
  });

  it('takes the first of two Errors and appends the other', () => {
    const first = new Error('first');

    const resolved = resolveArguments('failed', [first, new Error('second')]);

    expect(resolved.error).toBe(first);
    expect(resolved.text).toMatch(/^failed Error: second\n/);
  });

  it('takes an Error given as the message, and its text', () => {
    const error = new Error('refused');

    expect(resolveArguments(error, [])).toMatchObject({ error, text: 'refused' });
    expect(resolveArguments(new TypeError(''), []).text).toBe('TypeError');
  });

  it('merges a trailing plain object into extra', () => {
    expect(resolveArguments('placed %d', [13, { user: 'ann', total: 5 }])).toMatchObject({
      text: 'placed 13',
      extra: { user: 'ann', total: 5 },
    });
  });

  it('finds the trailing object before and after an Error', () => {
    const error = new Error('refused');

    for (const args of [
      [error, { id: 1 }],
      [{ id: 1 }, error],
    ]) {
      expect(resolveArguments('failed', args)).toMatchObject({ text: 'failed', extra: { id: 1 }, error });
    }
  });

  it('leaves an object that a placeholder uses in the text', () => {
    expect(resolveArguments('order %j', [{ id: 1 }])).toMatchObject({
      text: 'order {"id":1}',
      extra: undefined,
    });
  });

  it('appends an object that is not the last', () => {
    expect(resolveArguments('order', [{ id: 1 }, 'late'])).toMatchObject({
      text: 'order { id: 1 } late',
      extra: undefined,
    });
  });

  it.each([new Date(0), new Map([['a', 1]]), [1], new (class Order {})()])(
    'does not take %o, which is no plain object, for fields',
    (value) => {
      expect(resolveArguments('order', [value]).extra).toBeUndefined();
    },
  );

  it('takes an object without prototype for fields', () => {
    const fields: object = Object.assign(Object.create(null) as object, { id: 1 });

    expect(resolveArguments('order', [fields]).extra).toEqual({ id: 1 });
  });

  it('reads the reserved keys excInfo and stackInfo, which are no fields', () => {
    const error = new Error('refused');

    expect(resolveArguments('failed', [{ excInfo: error, stackInfo: 'Stack', id: 1 }])).toMatchObject({
      error,
      stackInfo: 'Stack',
      extra: { id: 1 },
    });
    expect(resolveArguments('failed', [{ excInfo: error }]).extra).toBeUndefined();
  });

  it.each(['just text', 7, { code: 7 }])(
    'takes %o, thrown in place of an Error, by the key excInfo',
    (thrown) => {
      expect(resolveArguments('failed', [{ excInfo: thrown }]).error).toEqual(thrown);
    },
  );

  it.each([true, false, null, undefined])('takes %o under excInfo for no Error', (none) => {
    expect(resolveArguments('failed', [{ excInfo: none }]).error).toBeUndefined();
  });

  it('knows an Error of another realm, as Node’s own are under Jest', () => {
    const foreign: unknown = runInNewContext('new RangeError("x")');

    expect(resolveArguments('failed', [foreign]).error).toBe(foreign);
    expect(resolveArguments(foreign, [])).toMatchObject({ text: 'x', error: foreign });
  });

  it('calls a function message when the text is asked for', () => {
    expect(text(() => 'expensive')).toBe('expensive');
    expect(text(() => '%s!', 'expensive')).toBe('expensive!');
  });

  it.each([
    [{ id: 1 }, '{ id: 1 }'],
    [13, '13'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
  ])('takes %o as message', (message, expected) => {
    expect(text(message)).toBe(expected);
  });

  it('keeps a __proto__ key of the fields a plain field', () => {
    const fields = JSON.parse('{"__proto__": {"polluted": true}, "excInfo": 1}') as object;

    const { extra } = resolveArguments('failed', [fields]);

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((extra as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('resolveArguments, on its short way', () => {
  const values = [
    'text',
    '',
    0,
    -0,
    1.5,
    NaN,
    Infinity,
    10n,
    true,
    null,
    undefined,
    Symbol('s'),
    [1],
    { a: 1 },
    () => 1,
  ];
  const messages = [
    'plain',
    '%s',
    '%d',
    '%i',
    '%s and %s',
    '%d%%',
    '100% %s',
    '%s %',
    '%',
    '%x %s',
    '%%s %s',
    '%c%s',
  ];

  it('renders as util.format does, whatever the placeholder and the value', () => {
    for (const message of messages) {
      for (const first of values) {
        for (const second of values) {
          const expected = resolveArguments(() => message, [first, second]);
          expect(resolveArguments(message, [first, second])).toEqual({ ...expected, msg: message });
          expect(resolveArguments(message, [first]).text).toBe(resolveArguments(() => message, [first]).text);
        }
      }
    }
  });
});
