import { performance } from 'node:perf_hooks';
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PrintWalk, type PrintOptions } from '../../../lib/internal/print/print-walk';
import { TEXT_LIMITS } from '../../../lib/internal/print/printable';
import { compilePaths } from '../../../lib/internal/print/redact-paths';

function walk(value: unknown, ...paths: string[]): unknown {
  const redaction = { roots: compilePaths(paths), censor: '###' };
  return new PrintWalk({ as: 'text', limits: TEXT_LIMITS, redaction }).value(value);
}

describe('PrintWalk that redacts', () => {
  it('returns the same value if it contains no secret', () => {
    const value = { a: [1, { b: 2 }], m: new Map([['k', 1]]), d: new Date(0) };

    expect(walk(value, '**.password')).toEqual(value);
    expect(walk(value, 'x.password')).toBe(value);
  });

  it.each([5, 'text', null, undefined, true])('returns %j, which has no keys', (value) => {
    expect(walk(value, '**.x')).toBe(value);
  });

  it('replaces any value except undefined', () => {
    expect(walk({ a: null, b: 0, c: { d: 1 }, e: undefined }, '*')).toEqual({
      a: '###',
      b: '###',
      c: '###',
      e: undefined,
    });
  });

  it('follows Sets, and Maps with any keys', () => {
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

  it('does not change dates, bytes and regular expressions', () => {
    const value = { at: new Date(0), bytes: Buffer.from('ab'), like: /a/ };

    expect(inspect(walk(value, '**.secret'))).toBe(
      '{\n  at: 1970-01-01T00:00:00.000Z,\n  bytes: [Buffer of 2 bytes: 6162],\n  like: /a/\n}',
    );
  });

  it('reads the cause and the members of an Error', () => {
    const error = new AggregateError([Object.assign(new Error('member'), { token: 1 })], 'all', {
      cause: { token: 2 },
    });

    expect(walk(error, 'errors[*].token', 'cause.token')).toMatchObject({
      message: 'all',
      errors: [{ message: 'member', token: '###' }],
      cause: { token: '###' },
    });
  });

  it('prints a copy with the name of its class', () => {
    class User {
      password = 'x';
      constructor(readonly id: number) {}
    }

    expect(inspect(walk(new User(7), 'password'))).toBe("User { id: 7, password: '###' }");
  });

  it('copies frozen objects and objects with a getter', () => {
    const value = Object.freeze({
      get password() {
        return 'x';
      },
      id: 1,
    });

    expect(walk(value, 'password')).toEqual({ password: '###', id: 1 });
  });

  it('treats an own key __proto__ as a key', () => {
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

  it('keeps an array that toJSON returns', () => {
    expect(walk({ user: { toJSON: () => [{ password: 'x' }] } }, '**.password')).toEqual({
      user: [{ password: '###' }],
    });
  });

  it('redacts a value whose toJSON returns itself, if toJSON of the copy is called again', () => {
    const value = { id: 1, password: 'x', toJSON: (): object => value };

    expect(JSON.stringify(walk(value, 'password'))).toBe('{"id":1,"password":"###"}');
    expect(value.password).toBe('x');
  });

  it('prints an object twice if it occurs twice, and once if it contains itself', () => {
    const shared = { password: 'x' };
    const loop: Record<string, unknown> = { password: 'x' };
    loop['self'] = loop;

    expect(walk([shared, shared], '**.password')).toEqual([{ password: '###' }, { password: '###' }]);
    expect(inspect(walk(loop, '**.password'))).toBe("{ password: '###', self: [Circular] }");
  });

  it('replaces values below the deepest level', () => {
    let value: unknown = { password: 'x' };
    for (let i = 0; i < 40; i++) value = { below: value };

    const text = JSON.stringify(walk(value, '**.password'));

    expect(text).toContain('[Object]');
    expect(text).not.toContain('"x"');
  });

  it('replaces values beyond the limit', () => {
    const value = Array.from({ length: 6 }, () => Array.from({ length: 9000 }, () => ({ password: 'x' })));

    const text = JSON.stringify(walk(value, '**.password'));

    expect(text).not.toContain('"x"');
    expect(text).toContain('"[Cut: the record is too large]"]]');
  });

  it('prints the error instead of a value that throws', () => {
    const value = {
      user: {
        password: 'x',
        get bad(): never {
          throw new Error('getter');
        },
      },
      id: 1,
    };

    expect(inspect(walk(value, '**.password'))).toBe(
      "{ user: { password: '###', bad: [Throws: getter] }, id: 1 }",
    );
  });
});

function dataOf(value: unknown, options: Partial<PrintOptions> = {}): unknown {
  const limits = { maxDepth: 8, maxEntries: 200, maxValues: 10_000 };
  return new PrintWalk({ as: 'data', limits, ...options }).value(value);
}

/** What a reader of the JSON gets. */
function data(value: unknown, options: Partial<PrintOptions> = {}): unknown {
  return JSON.parse(JSON.stringify(dataOf(value, options))) as unknown;
}

function text(value: unknown): string {
  return inspect(new PrintWalk({ as: 'text', limits: TEXT_LIMITS }).value(value), { depth: 9 });
}

const bearer = 'Bearer s3cret';

class AxiosLikeHeaders {
  authorization = bearer;
  accept = '*/*';
  toJSON(): object {
    return { authorization: this.authorization, accept: this.accept };
  }
}

/** As node-fetch and others keep them: nothing but entries. */
class OwnHeaders {
  readonly #map = new Map([['authorization', bearer]]);
  get = (name: string): unknown => this.#map.get(name);
  entries = (): Iterable<unknown> => this.#map.entries();
}
Object.defineProperties(OwnHeaders.prototype, {
  has: { value: () => true },
  [Symbol.iterator]: { value: () => [][Symbol.iterator]() },
});

describe.each([
  ['a plain object', { headers: { host: 'shop', Authorization: bearer, 'set-cookie': ['a=s3cret'] } }],
  ['an object without a prototype', { headers: Object.assign(Object.create(null), { Cookie: 's3cret' }) }],
  ['a class with toJSON', { headers: new AxiosLikeHeaders() }],
  ['the Headers of fetch', new Headers({ authorization: bearer })],
  ['a Map', { headers: new Map([['Proxy-Authorization', bearer]]) }],
  ['a group of headers', { defaults: { headers: { common: { authorization: bearer }, post: {} } } }],
  ['a flat list', { rawHeaders: ['Host', 'shop', 'Authorization', bearer, 'cookie', 's3cret'] }],
  [
    'a list of pairs',
    {
      headers: [
        ['Host', 'shop'],
        ['X-Api-Key', 's3cret'],
      ],
    },
  ],
  ['a list of names and values', { headers: [{ name: 'Authorization', value: bearer }] }],
  ['header text', { _header: `GET / HTTP/1.1\r\nHost: shop\r\nAuthorization: ${bearer}\r\n\r\n` }],
  ['a list of header lines', { requestHeaders: ['Host: shop', `authorization: ${bearer}`] }],
  ['a symbol', { [Symbol('kHeaders')]: { authorization: bearer } }],
  ['a Request', new Request('http://u/x', { headers: { authorization: bearer } })],
  ['a Response', { response: new Response('', { headers: { 'x-auth-token': 's3cret' } }) }],
])('headers as %s', (_what, value) => {
  it('have no credential as data', () => {
    expect(JSON.stringify(data(value))).not.toContain('s3cret');
  });

  it('have none as text', () => {
    const shown = text(value);

    expect(shown).not.toContain('s3cret');
    expect(shown).toContain('[Redacted]');
  });

  it('are not changed', () => {
    const before = inspect(value, { depth: 9 });
    text(value);
    data(value);

    expect(inspect(value, { depth: 9 })).toBe(before);
  });
});

describe('PrintWalk', () => {
  it('shows the private entries of an object', () => {
    const form = new FormData();
    form.append('name', 'jane');
    form.append('file', new Blob(['abc'], { type: 'text/plain' }));

    expect(
      data({
        query: new URLSearchParams('a=1&b=2&a=3'),
        sent: new Headers({ accept: '*/*' }),
        form,
      }),
    ).toEqual({
      query: { a: ['1', '3'], b: '2' },
      sent: { accept: '*/*' },
      form: { name: 'jane', file: { size: 3, type: 'text/plain' } },
    });
  });

  it('redacts them', () => {
    const redaction = { roots: compilePaths(['**.password']), censor: '###' };
    const value = { query: new URLSearchParams('password=x1&page=2'), sent: new OwnHeaders() };

    expect(data(value, { redaction })).toMatchObject({ query: { password: '###', page: '2' } });
    expect(inspect(walk(value, '**.password'))).toContain(
      "query: URLSearchParams { password: '###', page: '2' }",
    );
  });

  it('with redaction, does not use the methods of a class for printing', () => {
    class Account {
      readonly #password = 'x1';
      readonly id = 7;
      get password(): string {
        return this.#password;
      }
      [inspect.custom](): string {
        return `Account of ${this.#password}`;
      }
      toString(): string {
        return this.#password;
      }
    }
    class Token {
      readonly #value = 'x1';
      [inspect.custom] = (): string => this.#value;
    }

    const shown = walk([new Account(), new Token()], '**.password');

    expect(inspect(shown)).toBe('[ Account { id: 7 }, Token {} ]');
    expect(format('%s %o %j', ...(shown as [unknown, unknown]), shown)).not.toContain('x1');
    expect(text(new Account())).toBe('Account of x1');
  });

  it('reads a limited number of entries of a long value', () => {
    const sparse: unknown[] = [];
    sparse[3e7] = { headers: { cookie: 's3cret' } };
    const longer: unknown[] = ['first'];
    longer[4e9] = 'last';
    const numbers = new Set(Array.from({ length: 100_000 }, (_, i) => i));
    const start = performance.now();

    expect(data(sparse)).toEqual(['… 30000000 empty items', { headers: { cookie: '[Redacted]' } }]);
    expect(data(longer)).toEqual(['first', '… 3999999999 empty items', 'last']);
    expect(text(longer)).toBe("[ 'first', … 3999999999 empty items, 'last' ]");
    expect([...(dataOf(numbers) as Set<unknown>)]).toHaveLength(201);
    expect([...(dataOf(new Map([...numbers].map((i) => [i, i]))) as Map<unknown, unknown>)]).toHaveLength(
      201,
    );
    expect(walk(sparse, '**.password')).toHaveLength(2);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('leaves a circular reference to util.inspect, unless something had to change', () => {
    const loop: Record<string, unknown> = { id: 1 };
    loop['self'] = loop;
    const secret: Record<string, unknown> = { headers: { cookie: 's3cret' } };
    secret['self'] = secret;

    expect(text(loop)).toBe('<ref *1> { id: 1, self: [Circular *1] }');
    expect(text(secret)).toBe("{ headers: { cookie: '[Redacted]' }, self: [Circular] }");
  });

  it('calls no getter for a text without redaction', () => {
    let calls = 0;
    const value = {
      headers: { cookie: 's3cret' },
      get lazy() {
        calls++;
        return 1;
      },
    };

    expect(text(value)).toBe("{ headers: { cookie: '[Redacted]' }, lazy: [Getter] }");
    expect(calls).toBe(0);
  });

  it('shows the size and the first bytes of large data', () => {
    const body = Buffer.alloc(50_000_000, 0x61);

    expect(text({ body, floats: new Float64Array(1000), raw: body.buffer })).toBe(
      `{\n  body: [Buffer of 50000000 bytes: ${'61'.repeat(32)}…],\n  floats: [Float64Array of 8000 bytes: ${'00'.repeat(32)}…],\n  raw: [ArrayBuffer of 50000000 bytes: ${'61'.repeat(32)}…]\n}`,
    );
    expect(text(Buffer.from('ab'))).toBe('<Buffer 61 62>');
  });

  it.each([
    [
      'a revoked Proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    [
      'a trap that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('trap');
          },
        },
      ),
    ],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    ['entries that throw', Object.assign(new URLSearchParams('a=1'), {})],
  ])('never throws for %s', (_what, value) => {
    expect(() => [data({ value }), text({ value }), walk({ value }, '**.x')]).not.toThrow();
  });
});
