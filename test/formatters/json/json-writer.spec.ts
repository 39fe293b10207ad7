import { describe, expect, it } from 'vitest';
import { JsonWriter, type JsonLimits } from '../../../lib/formatters/json/json-writer';
import { Redactor } from '../../../lib/formatters/redactor';

function writer(limits: Partial<JsonLimits> = {}, redactor?: Redactor): JsonWriter {
  return new JsonWriter({ maxStringLength: 1000, maxDepth: 10, maxEntries: 100, ...limits }, redactor);
}

/** What a reader of the line gets. */
function shown(value: unknown, limits: Partial<JsonLimits> = {}): unknown {
  return JSON.parse(writer(limits).write(value));
}

function throwing(): never {
  throw new Error('getter');
}

describe('JsonWriter', () => {
  it.each<unknown>([
    'text "quoted"\n',
    5,
    -0.5,
    true,
    null,
    [],
    {},
    [1, [2, { a: null }]],
    { a: { b: ['c'] }, 'a key\n': 1 },
    { at: new Date(0) },
    [Object(5), Object('x'), Object(false)],
    { toJSON: () => ({ id: 1 }) },
  ])('writes %j as JSON.stringify does', (value) => {
    expect(writer().write(value)).toBe(JSON.stringify(value));
  });

  it.each<[unknown, unknown]>([
    [undefined, null],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [10n ** 20n, '100000000000000000000'],
    [Symbol('s'), 'Symbol(s)'],
    [throwing, '[Function: throwing]'],
    [() => 1, '[Function: anonymous]'],
    [new Date(Number.NaN), 'Invalid Date'],
    [/a"b/g, '/a"b/g'],
    [Buffer.from('ab'), '[Buffer of 2 bytes: 6162]'],
    [new Uint8Array(40), `[Uint8Array of 40 bytes: ${'00'.repeat(32)}…]`],
    [Promise.resolve(), '[Promise]'],
    [new WeakSet(), '[Weak collection]'],
    [new Set([1, 'x']), [1, 'x']],
    [
      new Map<unknown, unknown>([
        ['a', 1],
        [2, [3]],
        [{ k: 1 }, 4],
      ]),
      { 2: [3], a: 1, '{"k":1}': 4 },
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [[undefined], [null]],
  ])('writes %o, which JSON does not know', (value, read) => {
    expect(shown(value)).toEqual(read);
  });

  it('writes an Error with its cause, its members and what was put on it', () => {
    const error = Object.assign(
      new AggregateError([new TypeError('member')], 'all', { cause: new RangeError('cause') }),
      { status: 502, type: 'a word of the application' },
    );

    expect(shown(error)).toMatchObject({
      type: 'AggregateError',
      message: 'all',
      stack: error.stack,
      errors: [{ type: 'TypeError', message: 'member' }],
      cause: { type: 'RangeError', message: 'cause' },
      status: 502,
      'own.type': 'a word of the application',
    });
  });

  it('redacts what was put on an Error', () => {
    const error = Object.assign(new Error('x'), { password: 'x1' });

    expect(writer({}, new Redactor(['password'])).write(error)).not.toContain('x1');
  });

  it('writes what throws as what it threw, and all around it', () => {
    const value = {
      a: 1,
      get bad() {
        return throwing();
      },
      items: [{ toJSON: throwing }, 2],
    };

    expect(shown(value)).toEqual({ a: 1, bad: '[Throws: getter]', items: ['[Throws: getter]', 2] });
  });

  it('writes a revoked Proxy and an Error whose properties throw', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const error = Object.defineProperty(new Error('x'), 'message', { get: throwing });

    expect(shown([proxy, 1])).toEqual([expect.stringMatching(/^\[Throws: .*revoked/), 1]);
    expect(shown(error)).toMatchObject({ type: 'Error', message: '[Throws: getter]' });
  });

  it('ends at a value that holds itself, and writes one twice that is there twice', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const shared = { a: 1 };

    expect(shown(loop)).toEqual({ self: '[Circular]' });
    expect(shown([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('forgets what threw half way when it tells circles', () => {
    const json = writer();
    const value = { inner: { toJSON: throwing } };

    expect([json.write(value), json.write(value)]).toEqual(
      Array.from({ length: 2 }, () => '{"inner":"[Throws: getter]"}'),
    );
  });

  it('cuts strings, entries and depth at its limits, and says so', () => {
    expect(shown('abcdef', { maxStringLength: 2 })).toBe('ab…[4 more characters cut]');
    expect(shown([1, 2, 3], { maxEntries: 2 })).toEqual([1, 2, '… 1 more items']);
    expect(shown({ a: 1, b: 2, c: 3 }, { maxEntries: 2 })).toEqual({ a: 1, b: 2, '…': '1 more keys' });
    expect(
      shown(
        new Map([
          [1, 1],
          [2, 2],
          [3, 3],
        ]),
        { maxEntries: 2 },
      ),
    ).toEqual({
      1: 1,
      2: 2,
      '…': '1 more keys',
    });
    expect(shown({ a: { b: 1 }, c: [1], e: new Error('x') }, { maxDepth: 1 })).toEqual({
      a: '[Object]',
      c: '[Array(1)]',
      e: '[Error: x]',
    });
  });

  it('bounds the line of one record, and begins anew with the next', () => {
    const json = writer({ maxStringLength: 10, maxEntries: 20_000 });
    const many = Array.from({ length: 10_100 }, () => ({}));
    const cut = '"[Cut: the record is too large]"';

    expect(json.write(many)).toContain(cut);
    expect(json.write({})).toBe(cut);

    json.begin();
    expect(json.write({})).toBe('{}');
  });

  it('treats an own key __proto__ as a key', () => {
    expect(writer().write(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });
});
