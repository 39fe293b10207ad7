import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compilePaths } from '../../lib/formatters/redact-paths';
import { RedactWalk } from '../../lib/formatters/redact-walk';

function walk(value: unknown, ...paths: string[]): unknown {
  return new RedactWalk('###').value(value, compilePaths(paths));
}

describe('RedactWalk', () => {
  it('returns the same value when nothing in it is secret', () => {
    const value = { a: [1, { b: 2 }], m: new Map([['k', 1]]), d: new Date(0) };

    expect(walk(value, '**.password')).toEqual(value);
    expect(walk(value, 'x.password')).toBe(value);
  });

  it.each([5, 'text', null, undefined, true])('returns %j, which has no keys', (value) => {
    expect(walk(value, '**.x')).toBe(value);
  });

  it('censors any value but undefined, which is not there', () => {
    expect(walk({ a: null, b: 0, c: { d: 1 }, e: undefined }, '*')).toEqual({
      a: '###',
      b: '###',
      c: '###',
      e: undefined,
    });
  });

  it('follows Sets, and Maps by whatever key', () => {
    const user = (): object => ({ password: 'x' });
    const value = {
      set: new Set([user()]),
      map: new Map<unknown, unknown>([
        [1, user()],
        [Symbol.iterator, user()],
        [{ id: 1 }, user()],
        [user(), 'as a key'],
      ]),
    };

    const shown = inspect(walk(value, '**.password'), { depth: 9 });

    expect(shown).not.toContain("'x'");
    expect(shown.match(/###/g)).toHaveLength(5);
  });

  it('leaves dates, bytes and expressions whole', () => {
    const value = { at: new Date(0), bytes: Buffer.from('ab'), like: /a/ };

    expect(walk(value, '**.secret')).toBe(value);
  });

  it('looks into the cause and the members of an Error', () => {
    const error = new AggregateError([Object.assign(new Error('member'), { token: 1 })], 'all', {
      cause: { token: 2 },
    });

    expect(walk(error, 'errors[*].token', 'cause.token')).toMatchObject({
      message: 'all',
      errors: [{ message: 'member', token: '###' }],
      cause: { token: '###' },
    });
  });

  it('keeps the class of what it copies', () => {
    class User {
      password = 'x';
      constructor(readonly id: number) {}
    }

    expect(walk(new User(7), 'password')).toBeInstanceOf(User);
    expect(walk(new User(7), 'password')).toEqual(Object.assign(new User(7), { password: '###' }));
  });

  it('copies what is frozen or has a getter', () => {
    const value = Object.freeze({
      get password() {
        return 'x';
      },
      id: 1,
    });

    expect(walk(value, 'password')).toEqual({ password: '###', id: 1 });
  });

  it('takes an own key of __proto__ for a key', () => {
    const value: unknown = JSON.parse('{"__proto__":{"password":"x"},"id":1}');

    expect(JSON.stringify(walk(value, '**.password'))).toBe('{"__proto__":{"password":"###"},"id":1}');
  });

  it.each<[string, unknown]>([
    ['an object', { password: 'x', items: [{ password: 'x' }] }],
    ['an array', [{ password: 'x' }]],
    ['a Map', new Map([['password', 'x']])],
  ])('redacts %s that toJSON returns', (_what, shown) => {
    const text = inspect(walk({ user: { toJSON: () => shown } }, '**.password'), { depth: 9 });

    expect(text).not.toContain("'x'");
    expect(text).toContain('###');
  });

  it('keeps an array that toJSON returns an array', () => {
    expect(walk({ user: { toJSON: () => [{ password: 'x' }] } }, '**.password')).toEqual({
      user: [{ password: '###' }],
    });
  });

  it('redacts a value whose toJSON returns itself, and whose copy is asked again', () => {
    const value = { id: 1, password: 'x', toJSON: (): object => value };

    expect(JSON.stringify(walk(value, 'password'))).toBe('{"id":1,"password":"###"}');
    expect(value.password).toBe('x');
  });

  it('prints an object twice when it is there twice, and once when it holds itself', () => {
    const shared = { password: 'x' };
    const loop: Record<string, unknown> = { password: 'x' };
    loop['self'] = loop;

    expect(walk([shared, shared], '**.password')).toEqual([{ password: '###' }, { password: '###' }]);
    expect(walk(loop, '**.password')).toEqual({ password: '###', self: '[Circular]' });
  });

  it('replaces what lies deeper than it looks', () => {
    let value: unknown = { password: 'x' };
    for (let i = 0; i < 40; i++) value = { below: value };

    const text = JSON.stringify(walk(value, '**.password'));

    expect(text).toContain('[Too large to redact]');
    expect(text).not.toContain('"x"');
  });

  it('replaces what comes after more values than it looks at', () => {
    const value = Array.from({ length: 50_010 }, () => ({ password: 'x' }));

    const shown = walk(value, '*.password');

    expect(shown).toHaveLength(50_010);
    expect(JSON.stringify(shown)).not.toContain('"x"');
    expect(shown).toHaveProperty('50009', '[Too large to redact]');
  });

  it('censors what throws when it is looked at', () => {
    const value = {
      user: {
        password: 'x',
        get bad(): never {
          throw new Error('getter');
        },
      },
      id: 1,
    };

    expect(walk(value, '**.password')).toEqual({ user: '###', id: 1 });
  });
});
