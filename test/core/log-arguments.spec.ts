import { format, inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { resolveArguments, textOf, type ResolvedArguments } from '../../lib/core/log-arguments';
import { revokedProxy } from '../support/hostile-values';

function read(message: unknown, args: readonly unknown[], given?: unknown): ResolvedArguments {
  const resolved = resolveArguments(message, args, given);
  textOf(resolved);
  return resolved;
}

function text(message: unknown, ...args: unknown[]): string | undefined {
  return read(message, args).text;
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

  it.each(['100%', '100%%', '%s', '%d%%'])('does not change %j without arguments', (message) => {
    expect(text(message)).toBe(message);
  });

  it('appends arguments that no placeholder uses', () => {
    expect(text('placed', 13, ['a'], null, undefined)).toBe("placed 13 [ 'a' ] null undefined");
  });

  it('finds an Error anywhere among the remaining arguments', () => {
    const error = new Error('refused');

    const resolved = read('order %s', [13, 'by', error, 'bank']);

    expect(resolved).toMatchObject({ error, text: 'order 13 by bank' });
  });

  it('uses the first of two Errors and appends the other', () => {
    const first = new Error('first');

    const resolved = read('failed', [first, new Error('second')]);

    expect(resolved.error).toBe(first);
    expect(resolved.text).toMatch(/^failed Error: second\n/);
  });

  it('uses an Error given as the message, and its text', () => {
    const error = new Error('refused');

    expect(read(error, [])).toMatchObject({ error, text: 'refused' });
    expect(read(new TypeError(''), []).text).toBe('TypeError');
  });

  it('merges a trailing plain object into extra', () => {
    expect(read('placed %d', [13, { user: 'ann', total: 5 }])).toMatchObject({
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
      expect(read('failed', args)).toMatchObject({ text: 'failed', extra: { id: 1 }, error });
    }
  });

  it('keeps an object in the text if a placeholder uses it', () => {
    expect(read('order %j', [{ id: 1 }])).toMatchObject({
      text: 'order {"id":1}',
      extra: undefined,
    });
  });

  it('appends an object that is not the last', () => {
    expect(read('order', [{ id: 1 }, 'late'])).toMatchObject({
      text: 'order { id: 1 } late',
      extra: undefined,
    });
  });

  it.each([new Date(0), new Map([['a', 1]]), [1], new (class Order {})()])(
    'does not take %o, which is no plain object, for fields',
    (value) => {
      expect(read('order', [value]).extra).toBeUndefined();
    },
  );

  it('treats an object without prototype as fields', () => {
    const fields: object = Object.assign(Object.create(null) as object, { id: 1 });

    expect(read('order', [fields]).extra).toEqual({ id: 1 });
  });

  it('reads the reserved keys excInfo and stackInfo of an object that has no others', () => {
    const error = new Error('refused');
    const reserved = { excInfo: error, stackInfo: 'Stack' };

    expect(read('failed', [reserved])).toMatchObject({ error, stackInfo: 'Stack', extra: undefined });
    expect(read('failed', [{ id: 1 }, reserved])).toMatchObject({
      text: 'failed',
      error,
      stackInfo: 'Stack',
      extra: { id: 1 },
    });
  });

  it.each(['just text', 7, { code: 7 }])(
    'takes %o, thrown in place of an Error, by the key excInfo',
    (thrown) => {
      expect(read('failed', [{ excInfo: thrown }]).error).toEqual(thrown);
    },
  );

  it.each([true, false, null, undefined])('does not treat %o under excInfo as an Error', (none) => {
    expect(read('failed', [{ excInfo: none }]).error).toBeUndefined();
  });

  it('recognises an Error of another realm, as Node’s own are under Jest', () => {
    const foreign: unknown = runInNewContext('new RangeError("x")');

    expect(read('failed', [foreign]).error).toBe(foreign);
    expect(read(foreign, [])).toMatchObject({ text: 'x', error: foreign });
  });

  it('prints a class as the message, which cannot be called', () => {
    class Order {}
    class SpecialOrder extends Order {}

    expect(text(Order)).toBe('[class Order]');
    expect(text(SpecialOrder, 7)).toBe('[class SpecialOrder extends Order] 7');
  });

  it('calls a function message when the text is read', () => {
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

    const { extra } = read('failed', [fields]);

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((extra as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('resolveArguments for common calls', () => {
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

  it('formats primitives as util.format, except for %c', () => {
    const primitives = values.filter((value) => typeof value !== 'function' && Object(value) !== value);
    for (const message of messages.filter((one) => !one.includes('%c')))
      for (const first of primitives)
        for (const second of primitives)
          expect(text(message, first, second)).toBe(format(message, first, second));
  });

  it('has the same result as for other calls', () => {
    for (const message of messages) {
      for (const first of values) {
        for (const second of values) {
          const expected = read(() => message, [first, second]);
          expect({ ...read(message, [first, second]), msg: undefined, call: undefined }).toEqual({
            ...expected,
            msg: undefined,
            call: undefined,
          });
          expect(read(message, [first]).text).toBe(read(() => message, [first]).text);
        }
      }
    }
  });
});

describe('resolveArguments for an Error that a placeholder prints', () => {
  const error = Object.assign(new RangeError('too far'), { code: 'E_FAR' });

  it.each(['%s', '%o', '%O', '%i', '%d', '%f', '%j', '%c'])(
    'keeps it the Error of the record: %s',
    (placeholder) => {
      const resolved = read(`failed: ${placeholder}`, [error]);

      expect(resolved.error).toBe(error);
      expect(resolved.text).not.toContain('log-arguments.spec');
    },
  );

  it('prints its name and message, since its stack is printed below', () => {
    expect(text('payment %d failed: %s!', 13, error)).toBe('payment 13 failed: RangeError: too far!');
    expect(text('%o and %O', error, error)).toBe('RangeError: too far and RangeError: too far');
    expect(text('{"error":%j}', error)).toBe('{"error":"RangeError: too far"}');
  });

  it('uses the first of several, and prints the others with their stacks', () => {
    const other = new Error('other');

    const resolved = read('%s, then %s', [error, other]);

    expect(resolved.error).toBe(error);
    expect(resolved.text).toBe(`RangeError: too far, then ${other.stack}`);
  });

  it('prints the stack of an Error where another one was given', () => {
    const given = new Error('given');

    for (const resolved of [read('%s', [error], given), read('%s', [error, { excInfo: given }])]) {
      expect(resolved.error).toBe(given);
      expect(resolved.text).toContain(error.stack);
    }
    expect(text('failed', error, { excInfo: given })).toContain(error.stack);
    expect(text(error, 'failed', { excInfo: given })).toContain(error.stack);
  });

  it('prints an Error whose name and message are not strings', () => {
    const odd = Object.assign(new Error('x'), { message: Symbol('m'), name: { first: 1 } });

    expect(text('failed: %s', odd)).toMatch(/^failed: \[Throws: .*Symbol.*\]$/);
    expect(text(odd)).toBe('Symbol(m)');
  });
});

describe('resolveArguments for placeholders that cannot print their argument', () => {
  const fields = { userId: 7 };

  it.each(['GET /caf%c3%a9', '/%d0%b0', '100%fine', '%i', '%d of %d'])(
    'leaves %j as it is, and the fields',
    (url) => {
      expect(read(url, [fields])).toMatchObject({ text: url, extra: fields });
      expect(read(url, [new Error('x'), fields])).toMatchObject({ text: url, extra: fields });
    },
  );

  it.each([[[1]], [new Date(0)], [new Map([[1, 2]])], [(): number => 1]])('appends %o', (value) => {
    expect(text('took %d', value)).toBe(`took %d ${inspect(value)}`);
  });

  it('uses the argument for the next placeholder', () => {
    expect(text('%d: %s', { a: 1 })).toBe('%d: { a: 1 }');
    expect(text('%c3 and %j', { a: 1 })).toBe('%c3 and {"a":1}');
  });

  it('accepts only a string as CSS', () => {
    expect(text('a%cb', 'color: red')).toBe('ab');
    expect(text('/caf%c3%a9', 5)).toBe('/caf%c3%a9 5');
  });
});

describe('resolveArguments for an object before the message', () => {
  const error = new Error('refused');

  it('uses its keys as fields and the next text as the message, with its placeholders', () => {
    expect(read({ orderId: 1 }, ['placed'])).toMatchObject({ text: 'placed', extra: { orderId: 1 } });
    expect(read({ orderId: 1 }, ['placed by %s in %d ms', 'ann', 5, true])).toMatchObject({
      text: 'placed by ann in 5 ms true',
      extra: { orderId: 1 },
    });
    expect(read(() => ({ orderId: 1 }), ['placed'])).toMatchObject({ text: 'placed', extra: { orderId: 1 } });
  });

  it.each(['err', 'error'])('uses the Error under %s as the Error of the record', (key) => {
    expect(read({ [key]: error, id: 1 }, ['failed'])).toMatchObject({
      text: 'failed',
      error,
      extra: { id: 1 },
    });
    expect(read({ [key]: error }, ['failed %s', 'twice'])).toMatchObject({
      text: 'failed twice',
      extra: undefined,
    });
    expect(read({ [key]: error, id: 1 }, [])).toMatchObject({ text: 'refused', error, extra: { id: 1 } });
  });

  it('prefers err to error, which stays a field', () => {
    const other = new Error('other');

    expect(read({ error: other, err: error }, ['failed'])).toMatchObject({ error, extra: { error: other } });
  });

  it.each(['message', 'msg'])('uses its own text under %s if no text follows', (key) => {
    expect(read({ [key]: 'placed', orderId: 1 }, [])).toMatchObject({
      text: 'placed',
      extra: { orderId: 1 },
    });
    expect(read({ [key]: 'placed' }, [{ orderId: 1 }])).toMatchObject({
      text: 'placed',
      extra: { orderId: 1 },
    });
    expect(read({ [key]: 'kept' }, ['placed'])).toMatchObject({ text: 'placed', extra: { [key]: 'kept' } });
  });

  it('does not treat its own text as a template', () => {
    expect(text({ message: '%s of %d' }, 13)).toBe('%s of %d 13');
  });

  it('merges the fields before and after the message; those after it win', () => {
    expect(read({ a: 1, b: 1 }, ['placed %s', 'x', { b: 2, c: 3 }]).extra).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('prints an object in which nothing can be the message, as it is', () => {
    expect(read({ a: 1 }, [])).toMatchObject({ text: '{ a: 1 }', extra: undefined });
    expect(read({ a: 1 }, [{ b: 2 }])).toMatchObject({ text: '{ a: 1 }', extra: { b: 2 } });
    expect(text(new (class Order {})(), 'placed')).toBe('Order {} placed');
    expect(text([1], 'placed')).toBe('[ 1 ] placed');
  });

  it('uses the text after an Error as the message', () => {
    expect(read(error, ['failed: %s', 'gateway', { id: 1 }])).toMatchObject({
      text: 'failed: gateway',
      error,
      extra: { id: 1 },
    });
  });

  it('does not treat the message of an Error as a template', () => {
    expect(text(new Error('100%s'), 5)).toBe('100%s 5');
  });
});

describe('resolveArguments for data from a client', () => {
  const error = new Error('refused');

  it.each([
    '{"toString":1}',
    '{"valueOf":1}',
    '{"toJSON":1,"inspect":1}',
    '{"constructor":1}',
    '{"length":-1}',
  ])('prints %s, whatever the placeholder', (json) => {
    const body = JSON.parse(json) as object;

    for (const placeholder of ['%s', '%d', '%i', '%f', '%j', '%o', '%O', '%c', 'x'])
      expect(text(`<${placeholder}> %s`, body, 'end')).toContain('end');
  });

  it.each([
    ['no prototype', Object.create(null)],
    ['no way to a primitive', { valueOf: 1, toString: 1, [Symbol.toPrimitive]: 1 }],
    ['a revoked Proxy', revokedProxy()],
    ['a revoked Proxy of an array', revokedProxy([])],
  ])('prints a value with %s, whatever the placeholder', (_what, value) => {
    for (const placeholder of ['%s', '%d', '%i', '%f', '%j', '%o', '%O', '%c', 'x'])
      expect(text(`<${placeholder}> %s`, value, 'end')).toContain('end');
    expect(text(value)).toBeTypeOf('string');
    expect(text(value, 'end')).toContain('end');
  });

  it('does not let its reserved keys hide an Error', () => {
    expect(read('x', [error, { excInfo: 'ok' }])).toMatchObject({ error, extra: { excInfo: 'ok' } });
    expect(read('%s', [error, { excInfo: { code: 1 }, stackInfo: 'forged' }])).toMatchObject({
      error,
      stackInfo: undefined,
      extra: { excInfo: { code: 1 }, stackInfo: 'forged' },
    });
    expect(read({ err: error }, ['x', { excInfo: 'ok' }])).toMatchObject({ error, extra: { excInfo: 'ok' } });
  });

  it('treats reserved keys as fields in an object with other keys', () => {
    const body = { excInfo: 'ok', stackInfo: 'forged', user: 1 };

    expect(read('x', [body])).toMatchObject({ error: undefined, stackInfo: undefined, extra: body });
    expect(read('x', [{ stackInfo: 5 }])).toMatchObject({ stackInfo: undefined, extra: { stackInfo: 5 } });
  });

  it('accepts only an Error as the Error, and only a string as the message', () => {
    const body = { err: { message: 'x', stack: 'y' }, error: 'ok', message: { a: 1 }, msg: 5 };

    expect(read(body, ['login'])).toMatchObject({ text: 'login', error: undefined, extra: body });
    expect(read(body, [])).toMatchObject({ text: inspect(body), error: undefined, extra: undefined });
  });

  it('keeps a key __proto__ a field, and reads nothing from it', () => {
    const body = JSON.parse('{"__proto__":{"message":"forged","polluted":1},"message":"placed"}') as object;

    const { text: shown, extra } = read(body, []);

    expect(shown).toBe('placed');
    expect(Object.keys(extra ?? {})).toEqual(['__proto__']);
    expect((extra as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(text(JSON.parse('{"__proto__":{"message":"forged"}}'))).not.toBe('forged');
  });
});

describe('resolveArguments for a value that throws when it is printed', () => {
  const hostile = {
    [inspect.custom](): never {
      throw new Error('no look');
    },
    toJSON(): never {
      throw new Error('no look');
    },
  };

  class Hostile {
    [inspect.custom](): never {
      throw new Error('no look');
    }
  }

  it.each(['%s', '%o', '%O', '%j'])(
    'shows it as such in the place of %s, beside the other arguments',
    (placeholder) => {
      expect(text(`order %d: ${placeholder} %s`, 13, hostile, 'end')).toBe('order 13: [Throws: no look] end');
    },
  );

  it('prints the error after the message, and as the message', () => {
    expect(text('order %d', 13, new Hostile(), 'end')).toBe('order 13 [Throws: no look] end');
    expect(text(new Hostile(), 'end')).toBe('[Throws: no look] end');
    expect(text([hostile])).toContain('[Throws: no look]');
  });

  it('keeps fields whose getter throws', () => {
    const fields = {
      message: 'placed',
      get bad(): never {
        throw new Error('no look');
      },
      id: 1,
    };

    expect(read(fields, [])).toMatchObject({ text: 'placed', extra: { bad: '[Throws: no look]', id: 1 } });
  });

  it('shows fields that cannot be read at all', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(text('x', proxy)).toMatch(/^x \[Throws: .*revoked\]$/);
    expect(text(proxy, 'x')).toMatch(/^\[Throws: .*revoked\] x$/);
  });
});
