import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { DEFAULT_REDACTIONS } from '../../lib/formatters';
import { Redactor } from '../../lib/formatters/redactor';

const R = '[Redacted]';

describe('Redactor', () => {
  it.each<[string, unknown, unknown]>([
    ['password', { password: 1, a: { password: 2 } }, { password: R, a: { password: 2 } }],
    [
      '*.token',
      { token: 1, a: { token: 2, b: { token: 3 } } },
      { token: 1, a: { token: R, b: { token: 3 } } },
    ],
    [
      'req.headers.authorization',
      { req: { headers: { Authorization: 1 } } },
      { req: { headers: { Authorization: R } } },
    ],
    ['headers["set-cookie"]', { headers: { 'set-cookie': 1 } }, { headers: { 'set-cookie': R } }],
    [
      'items[*].card',
      { items: [{ card: 1 }, { card: 2, id: 3 }] },
      { items: [{ card: R }, { card: R, id: 3 }] },
    ],
    ['items[1]', { items: [1, 2] }, { items: [1, R] }],
    ['**.x', { x: 1, a: [{ b: { x: 2 } }] }, { x: R, a: [{ b: { x: R } }] }],
    ['a.**.x', { x: 1, a: { x: 2, b: { x: 3 } } }, { x: 1, a: { x: R, b: { x: R } } }],
    [
      'm.k',
      {
        m: new Map([
          ['k', 1],
          ['l', 2],
        ]),
      },
      {
        m: new Map<string, unknown>([
          ['k', R],
          ['l', 2],
        ]),
      },
    ],
  ])('%s', (path, value, shown) => {
    expect(new Redactor([path]).value(value)).toEqual(shown);
  });

  it('keeps several paths with the same keys separate', () => {
    const value = { a: { b: 1, c: { d: 2 } }, x: { y: 3 } };

    expect(new Redactor(['a.b', 'a.c.d', '**.y', 'a.**.z']).value(value)).toEqual({
      a: { b: R, c: { d: R } },
      x: { y: R },
    });
  });

  it('never changes a value, and copies only the parts that lead to a secret', () => {
    const untouched = { z: 1 };
    const value = Object.freeze({ a: Object.freeze({ password: 'x' }), untouched });

    const shown = new Redactor(['a.password']).value(value);

    expect(value.a.password).toBe('x');
    expect(shown.untouched).toBe(untouched);
    expect(new Redactor(['other']).value(value)).toBe(value);
  });

  it('redacts the result of toJSON', () => {
    const document = { toJSON: () => ({ password: 'x', id: 1 }) };

    expect(new Redactor(['user.password']).value({ user: document })).toEqual({
      user: { password: R, id: 1 },
    });
  });

  it('keeps an Error an Error, with its stack', () => {
    const error = Object.assign(new Error('boom'), { password: 'x' });

    const shown = new Redactor(['password']).value(error);

    expect(shown).toBeInstanceOf(Error);
    expect(shown).toMatchObject({ message: 'boom', stack: error.stack, password: R });
    expect(error.password).toBe('x');
  });

  it('marks circular references, and values that throw', () => {
    const circular: Record<string, unknown> = { token: 1 };
    circular['self'] = circular;
    const throwing = {
      get bad(): never {
        throw new Error('no');
      },
    };

    expect(inspect(new Redactor(['**.token']).value(circular))).toBe(`{ token: '${R}', self: [Circular] }`);
    expect(inspect(new Redactor(['**.token']).value({ throwing }))).toBe(
      '{ throwing: { bad: [Throws: no] } }',
    );
  });

  it.each(['', 'a..b', 'a[', '**', '.a'])('refuses %j as a path', (path) => {
    expect(() => new Redactor([path])).toThrow(ConfigurationError);
  });

  it('removes credentials from the headers of requests by default', () => {
    const headers = { authorization: 1, cookie: 2, 'set-cookie': 3, 'proxy-authorization': 4, host: 5 };
    const clean = { authorization: R, cookie: R, 'set-cookie': R, 'proxy-authorization': R, host: 5 };

    expect(new Redactor(DEFAULT_REDACTIONS).value({ headers, req: { headers } })).toEqual({
      headers: clean,
      req: { headers: clean },
    });
  });
});
