import { inspect } from 'node:util';
import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { addLevelName, DEBUG, getLevelName } from '../../lib/core/level';
import { Formatter, JsonFormatter, PrettyFormatter, type JsonFormatterOptions } from '../../lib/formatters';
import { some, type SomeRecord } from '../support/some';

function line(record: SomeRecord, options?: JsonFormatterOptions): string {
  return new JsonFormatter(options).format(some.record(record));
}

function parsed(record: SomeRecord, options?: JsonFormatterOptions): Record<string, unknown> {
  const text = line(record, options);
  expect(text).not.toMatch(/[\n\r\u2028\u2029]/);
  return JSON.parse(text) as Record<string, unknown>;
}

function field(value: unknown, options?: JsonFormatterOptions): unknown {
  return parsed({ extra: { value } }, options)['value'];
}

function parsedLine(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

describe('JsonFormatter', () => {
  it('prints time, level, logger, message and the fields, in this order', () => {
    expect(
      line({ created: 1_700_000_000.123, extra: { orderId: 1, total: 12.5, user: 'u1', paid: true } }),
    ).toBe(
      '{"time":"2023-11-14T22:13:20.123Z","level":"INFO","logger":"shop.orders","message":"order placed",' +
        '"orderId":1,"total":12.5,"user":"u1","paid":true}',
    );
  });

  it('prints the ids of the scope, and why a record was held back', () => {
    const record = some.record({ levelno: DEBUG });
    record.context = { id: 's1', fields: { requestId: 'r1' }, tree: {} };
    record.seq = 3;
    record.hindsight = { scope: 's1', reason: 'status 500', dropped: 2 };

    expect(JSON.parse(new JsonFormatter().format(record))).toMatchObject({
      level: 'DEBUG',
      requestId: 'r1',
      seq: 3,
      hindsight: { scope: 's1', reason: 'status 500', dropped: 2 },
    });
  });

  it('omits the position in the scope for a record outside of a dump', () => {
    const record = some.record({ levelno: DEBUG });
    record.context = { id: 's1', fields: { requestId: 'r1' }, tree: {} };
    record.seq = 3;

    expect(Object.keys(JSON.parse(new JsonFormatter().format(record)) as object)).toEqual([
      'time',
      'level',
      'logger',
      'message',
      'requestId',
    ]);
  });

  it('keeps fields whose key is taken, under a name of their own', () => {
    const record = some.record({ extra: { level: 'x', error: 'y', requestId: 'z' } });
    record.context = { id: 's1', fields: { requestId: 'r1', time: 't' }, tree: {} };

    const text = new JsonFormatter().format(record);

    expect(JSON.parse(text)).toMatchObject({
      level: 'INFO',
      'extra.level': 'x',
      'extra.error': 'y',
      requestId: 'r1',
      'extra.requestId': 'z',
      'context.time': 't',
    });
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ level: 'x', 'extra.level': 'y' }, {}],
    [
      { 'extra.extra.time': 1, 'extra.time': 2, time: 3 },
      { time: 4, 'context.time': 5, 'extra.time': 6 },
    ],
    [{ 'context.level': 1 }, { level: 2 }],
    [
      { requestId: 1, 'extra.requestId': 2 },
      { requestId: 3, 'extra.requestId': 4 },
    ],
    [Object.fromEntries(Array.from({ length: 202 }, (_, at) => [at === 0 ? '…' : `k${at}`, at])), {}],
  ])('writes no key twice, of extra %j and ids %j', (extra, fields) => {
    const record = some.record({ extra });
    record.context = { id: 's1', fields, tree: {} };

    const text = new JsonFormatter().format(record);
    const keys = [...text.matchAll(/"([^"]*)":/g)].map(([, key]) => key);

    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(4 + Math.min(Object.keys(extra).length, 201) + Object.keys(fields).length);
  });

  it('writes no key twice where extra cannot be read', () => {
    const extra = {
      get bad(): never {
        throw new Error('no');
      },
    };
    const record = some.record({ extra });
    record.context = { id: 's1', fields: { extra: 1 }, tree: {} };

    expect(parsedLine(new JsonFormatter().format(record))).toMatchObject({
      extra: 1,
      'extra.extra': { bad: '[Throws: no]' },
    });
  });

  it('reads fields from the Error, from extra and from the ids, and prints these once', () => {
    const error = Object.assign(new RangeError('boom', { cause: new Error('why') }), { code: 'E_BOOM' });
    const record = some.record({ error, extra: { order: { id: 13 }, user: 'u1' } });
    record.context = { id: 's1', fields: { requestId: 'r1', tenant: 't1' }, tree: {} };
    const fields = {
      kind: 'error.type',
      stack_trace: 'error.stack',
      code: 'error.code',
      why: 'error.cause.message',
      orderId: 'extra.order.id',
      who: 'extra.user',
      tenant: 'context.tenant',
      id: 'requestId',
    };

    const text = new JsonFormatter({ fields }).format(record);

    expect(parsedLine(text)).toEqual({
      kind: 'RangeError',
      stack_trace: error.stack,
      code: 'E_BOOM',
      why: 'why',
      orderId: 13,
      who: 'u1',
      tenant: 't1',
      id: 'r1',
      order: { id: 13 },
      error: expect.objectContaining({ type: 'RangeError', message: 'boom' }),
    });
  });

  it('leaves out of a line what its record does not have', () => {
    const fields = { message: 'message', stack_trace: 'error.stack', user: 'extra.user', id: 'requestId' };

    expect(new JsonFormatter({ fields }).format(some.record())).toBe('{"message":"order placed"}');
  });

  it('prints the Error where the fields say, and only there', () => {
    const record = some.record({ error: new Error('boom') });

    const text = new JsonFormatter({ fields: { exception: 'error', message: 'message' } }).format(record);

    expect(text).toMatch(
      /^\{"exception":\{"type":"Error","message":"boom","stack":"[^}]*"\},"message":"order placed"\}$/,
    );
  });

  it('prints the Error under another key where a field has its own', () => {
    const record = some.record({ error: new Error('boom') });

    expect(
      parsedLine(new JsonFormatter({ fields: { error: 'error.message' } }).format(record)),
    ).toMatchObject({
      error: 'boom',
      'own.error': { type: 'Error' },
    });
  });

  it('redacts what it reads by a path', () => {
    const error = Object.assign(new Error('boom'), { token: 'secret' });
    const extra = { password: 'secret', user: { token: 'secret' }, headers: { cookie: 'secret' } };
    const record = some.record({ error, extra });
    const fields = ['error.token', 'extra.password', 'extra.user.token', 'extra.headers.cookie'];

    const text = new JsonFormatter({ fields, redact: ['password', '**.token'] }).format(record);

    expect(text).not.toContain('secret');
    expect(parsedLine(text)).toMatchObject({ 'extra.password': '[Redacted]', 'error.token': '[Redacted]' });
  });

  it('survives an object that cannot be read by a path', () => {
    const record = some.record();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    record.extra = proxy;

    expect(parsedLine(new JsonFormatter({ fields: ['message', 'extra.a'] }).format(record))).toMatchObject({
      message: 'order placed',
    });
  });

  describe('with maxLineBytes', () => {
    const frames = Array.from(
      { length: 100 },
      (_, at) => `    at step${at} (/srv/shop/dist/orders/orders.service.js:${at}:17)`,
    );
    const error = new Error('boom');
    error.stack = ['Error: boom', ...frames].join('\n');
    const extra = { request: 'x'.repeat(15_360), answer: 'é'.repeat(15_360), order: 13 };

    it('cuts the largest values, so that Docker does not cut the line', () => {
      const record = some.record({ error, extra });
      record.context = { id: 's1', fields: { requestId: 'r-1', tenant: 't'.repeat(300) }, tree: {} };

      const text = new JsonFormatter({ maxLineBytes: 16_384, base: { service: 'shop' } }).format(record);

      expect(Buffer.byteLength(`${text}\n`)).toBeLessThanOrEqual(16_384);
      expect(Buffer.byteLength(text)).toBeGreaterThan(15_500);
      expect(parsedLine(text)).toMatchObject({
        time: expect.stringMatching(/Z$/),
        level: 'INFO',
        logger: 'shop.orders',
        service: 'shop',
        message: 'order placed',
        requestId: 'r-1',
        tenant: 't'.repeat(300),
        request: expect.stringMatching(/^x{4000,}…\[\d+ more characters cut\]$/),
        answer: expect.stringMatching(/^é{2000,}…\[\d+ more characters cut\]$/),
        order: 13,
        error: {
          type: 'Error',
          message: 'boom',
          stack: expect.stringMatching(/^Error: boom\n {4}at step0 [^]*…\[\d+ more characters cut\]$/),
        },
      });
    });

    it('leaves a line that fits as it is, also one of many bytes a character', () => {
      const record = some.record({ extra: { note: '年'.repeat(300) } });
      const text = new JsonFormatter().format(record);
      const bytes = Buffer.byteLength(text);

      expect(new JsonFormatter({ maxLineBytes: bytes + 1 }).format(record)).toBe(text);
      expect(new JsonFormatter({ maxLineBytes: bytes }).format(record)).not.toBe(text);
    });

    it('keeps to the limit with a logger, a message and ids that are too long', () => {
      const record = some.record({ name: 'n'.repeat(9000), message: 'm'.repeat(9000) });
      record.context = { id: 's1', fields: { requestId: 'r'.repeat(9000) }, tree: {} };

      const text = new JsonFormatter({ maxLineBytes: 1024 }).format(record);

      expect(Buffer.byteLength(text)).toBeLessThan(1024);
      expect(Object.keys(parsedLine(text))).toEqual(['time', 'level', 'logger', 'message', 'requestId']);
    });

    it('holds for chosen fields', () => {
      const fields = { '@timestamp': 'time', msg: 'message', stack_trace: 'error.stack' };
      const record = some.record({ message: 'm'.repeat(9000), error });

      const text = new JsonFormatter({ maxLineBytes: 2048, fields }).format(record);

      expect(Buffer.byteLength(text)).toBeLessThan(2048);
      expect(parsedLine(text)['@timestamp']).toMatch(/^\d{4}-.*Z$/);
    });
  });

  it('follows a level that gets another name', () => {
    const formatter = new JsonFormatter();
    formatter.format(some.record({ levelno: 12 }));
    addLevelName(12, 'NOTICE');

    expect(getLevelName(12)).toBe('NOTICE');
    expect(formatter.format(some.record({ levelno: 12 }))).toContain('"level":"NOTICE"');
  });

  it('prints an Error with its stack, causes, members and own properties', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', type: 'net' });
    const error = new AggregateError([new TypeError('first')], 'all failed', { cause });

    expect(parsed({ error })['error']).toMatchObject({
      type: 'AggregateError',
      message: 'all failed',
      stack: expect.stringContaining('AggregateError: all failed\n'),
      errors: [{ type: 'TypeError', message: 'first' }],
      cause: { type: 'Error', message: 'refused', code: 'ECONNREFUSED', 'own.type': 'net' },
    });
  });

  it('ends at an Error that is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(parsed({ error })['error']).toMatchObject({ message: 'loop', cause: '[Circular]' });
  });

  it('prints what is left of an Error whose message cannot be read', () => {
    const error = new Error('boom');
    Object.defineProperty(error, 'message', {
      get() {
        throw new Error('no');
      },
    });

    expect(parsed({ error })['error']).toMatchObject({ type: 'Error', message: '[Throws: no]' });
  });

  it.each([new JsonFormatter(), new PrettyFormatter({ colors: false }), new Formatter('%(message)s')])(
    'is soon done with an Error whose message is a list of lists without an end: %o',
    (one) => {
      const message = Array.from({ length: 40 }).reduce((inner: unknown) => [inner, inner], 1);
      for (const fields of [
        { error: Object.assign(new Error('boom'), { message }) },
        { args: [Object.assign(new TypeError('boom'), { message })] },
        { extra: { err: Object.assign(new RangeError('boom'), { name: message }) } },
      ]) {
        expect(one.format(some.record(fields)).length).toBeLessThan(10_000);
      }
    },
  );

  it.each([
    ['an array', ['a', 'b\nINFO forged']],
    ['an object', { a: 'b\nINFO forged' }],
    ['a Symbol', Symbol('a\nINFO forged')],
    ['undefined', undefined],
    ['a number', 12],
  ])('prints one line of an Error whose message, name or stack is %s', (_what, value) => {
    for (const key of ['message', 'name', 'stack']) {
      const error = Object.defineProperty(new Error('boom'), key, { value });

      for (const formatter of [new JsonFormatter(), new JsonFormatter({ redact: ['a'] })]) {
        const text = formatter.format(some.record({ message: error, error }));

        expect(text).not.toContain('\n');
        expect(JSON.parse(text)).toMatchObject({
          message: expect.any(String),
          error: { type: expect.any(String), message: expect.any(String) },
        });
      }
    }
  });

  it.each([
    ['a text', { type: 'string', message: 'boom' }],
    ['an object', { type: 'object', value: { code: 1 } }],
  ])('prints %s that was thrown in the shape of an Error', (name, shape) => {
    const thrown = name === 'a text' ? 'boom' : { code: 1 };

    expect(parsed({ error: thrown })['error']).toMatchObject(shape);
  });

  describe('values that JSON has no word for', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular['self'] = circular;
    const throwing = {
      fine: 1,
      get bad(): never {
        throw new Error('no');
      },
    };
    const trap = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('trapped');
        },
      },
    );

    it.each<[string, unknown, unknown]>([
      ['BigInt', 12n, '12'],
      ['NaN', Number.NaN, 'NaN'],
      ['a Symbol', Symbol('s'), 'Symbol(s)'],
      ['a function', function placed() {}, '[Function: placed]'],
      ['null', null, null],
      [
        'a Map',
        new Map<unknown, unknown>([
          ['a', 1],
          [2, new Set([3])],
        ]),
        { a: 1, 2: [3] },
      ],
      ['a Buffer', Buffer.from('hello'), '[Buffer of 5 bytes: 68656c6c6f]'],
      ['a typed array', new Uint16Array([1]), '[Uint16Array of 2 bytes: 0100]'],
      ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
      ['an invalid Date', new Date(Number.NaN), 'Invalid Date'],
      ['a circular object', circular, { name: 'loop', self: '[Circular]' }],
      ['a getter that throws', throwing, { fine: 1, bad: '[Throws: no]' }],
      ['a Proxy that throws', trap, '[Throws: trapped]'],
      ['toJSON', { toJSON: () => ({ shown: 1 }) }, { shown: 1 }],
      ['a URL', new URL('http://a.example/x'), 'http://a.example/x'],
      ['a toJSON that throws', { toJSON: () => trap }, '[Throws: trapped]'],
      ['a promise', Promise.resolve(1), '[Promise]'],
      ['undefined in an array', [undefined, 1], [null, 1]],
      ['a text with quotes and line ends', 'a"b\\c\n\u2028\u009b', 'a"b\\c\n\u2028\u009b'],
    ])('%s', (_name, value, shown) => {
      expect(field(value)).toEqual(shown);
    });

    it('a key named __proto__', () => {
      const extra = JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}') as Record<string, unknown>;

      expect(line({ extra })).toContain('"__proto__":{"admin":true},"a":{"__proto__":1}');
    });

    it('a lone surrogate, so that the line is valid UTF-8', () => {
      const text = line({ message: 'a\ud800b', extra: { k: '\udfff' } });

      expect(Buffer.from(text).toString()).toBe(text);
      expect(JSON.parse(text)).toMatchObject({ message: 'a\ud800b', k: '\udfff' });
    });

    it('extra whose own getter throws', () => {
      expect(parsed({ extra: throwing })).toMatchObject({
        message: 'order placed',
        extra: { fine: 1, bad: '[Throws: no]' },
      });
    });
  });

  describe('limits', () => {
    it('cuts a string of ten million characters and says how much is gone', () => {
      const text = line({ message: 'x'.repeat(10_000_000) });

      expect(text.length).toBeLessThan(17_000);
      expect(text).toContain('…[9983616 more characters cut]');
    });

    it('does not cut a pair of surrogates in two', () => {
      expect(parsed({ message: 'a😀b' }, { maxStringLength: 2 })['message']).toBe(
        'a…[3 more characters cut]',
      );
    });

    it('ends at a depth, a width and a size', () => {
      let deep: unknown = 'bottom';
      for (let i = 0; i < 10_000; i++) deep = { deep };
      const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]));
      let tree: unknown = 'x'.repeat(1000);
      for (let i = 0; i < 6; i++) tree = Array.from({ length: 100 }, () => tree);

      expect(JSON.stringify(field(deep))).toContain('[Object]');
      expect(field(wide)).toMatchObject({ k0: 0, '…': '100 more keys' });
      expect(field([1, 2, 3], { maxEntries: 2 })).toEqual([1, 2, '… 1 more items']);
      expect(line({ extra: { tree } }).length).toBeLessThan(2_000_000);
    });

    it.each(['maxStringLength', 'maxDepth', 'maxEntries'] as const)(
      'refuses a %s that is no size',
      (name) => {
        expect(() => new JsonFormatter({ [name]: 0 })).toThrow(
          `JsonFormatter: "${name}" must be a positive integer, got 0.`,
        );
      },
    );
  });

  it('prints chosen fields under chosen keys, and a base on every line', () => {
    const options = {
      fields: { severity: 'level', '@timestamp': 'time', msg: 'message' },
      base: { service: 'shop' },
    };

    expect(line({ created: 0, extra: { level: 1 } }, options)).toBe(
      '{"severity":"INFO","@timestamp":"1970-01-01T00:00:00.000Z","msg":"order placed","service":"shop","level":1}',
    );
  });

  it('takes secrets out of fields, arguments, errors and their causes', () => {
    const cause = Object.assign(new Error('inner'), { token: 's3' });
    const error = Object.assign(new Error('outer', { cause }), {
      config: { headers: { Authorization: 's2' } },
    });
    const record: SomeRecord = {
      message: 'in %j',
      args: [{ password: 's1' }],
      error,
      extra: { a: { token: 's4' } },
    };

    const text = line(record, { redact: ['password', 'config.headers.authorization', '**.token'] });

    expect(text).not.toMatch(/s[1-4]"/);
    expect(JSON.parse(text)).toMatchObject({
      message: 'in {"password":"[Redacted]"}',
      a: { token: '[Redacted]' },
      error: { config: { headers: { Authorization: '[Redacted]' } }, cause: { token: '[Redacted]' } },
    });
  });

  it('prints each stack of nested HttpExceptions once', () => {
    const inner = new HttpException('no stock', 409);
    const middle = new HttpException('cannot place', 502, { cause: inner });
    const outer = new HttpException({ message: 'try later', code: 7 }, 503, { cause: middle });

    const text = line({ error: outer });

    for (const message of ['no stock', 'cannot place']) {
      expect(text.split(`Exception: ${message}\\n`)).toHaveLength(2);
    }
    expect(JSON.parse(text)).toMatchObject({
      error: {
        response: { message: 'try later', code: 7 },
        options: { cause: '[see cause]' },
        cause: {
          message: 'cannot place',
          options: { cause: '[see cause.cause]' },
          cause: { message: 'no stock' },
        },
      },
    });
  });

  it.each<[string, object]>([
    ['the cause', { cause: { password: 's1', id: 1 } }],
    ['the members', { errors: [{ password: 's1', id: 1 }] }],
    ['the members, kept by name', { errors: { name: { password: 's1', id: 1 } } }],
    ['the cause of a cause', { cause: new Error('inner', { cause: { password: 's1', id: 1 } }) }],
  ])('redacts a plain object in %s of an Error', (_what, keys) => {
    const text = line({ error: Object.assign(new Error('x'), keys) }, { redact: ['password'] });

    expect(text).not.toContain('s1');
    expect(text).toContain('"password":"[Redacted]","id":1');
  });

  it('redacts fields that keep their entries in private, and shows the rest', () => {
    const options = { redact: ['**.token', 'query.card'] };

    expect(field(new Headers({ token: 's1', host: 'shop' }), options)).toEqual({
      token: '[Redacted]',
      host: 'shop',
    });
    expect(parsed({ extra: { query: new URLSearchParams('card=s1&page=2') } }, options)['query']).toEqual({
      card: '[Redacted]',
      page: '2',
    });
  });

  it('prints a class with private fields under redaction', () => {
    class Account {
      readonly #password = 's1';
      readonly id = 7;
      [inspect.custom](): string {
        return this.#password;
      }
    }
    const options = { redact: ['**.password'] };
    const record: SomeRecord = { message: 'of %s and %o', args: [new Account(), [new Account()]] };

    expect(parsed({ ...record, extra: { account: new Account() } }, options)).toMatchObject({
      message: 'of Account { id: 7 } and [ Account { id: 7 }, [length]: 1 ]',
      account: { id: 7 },
    });
  });

  it.each(['%s', '%o', '%O', '%j', 'and'])(
    "keeps secrets out of what %s makes of fetch's classes",
    (message) => {
      const headers = { authorization: 's1', 'x-token': 's2' };
      const values = [
        new Headers(headers),
        new Request('http://shop/x?a=s3', { headers }),
        new Response('', { headers }),
        new URLSearchParams({ authorization: 's1', token: 's2' }),
        { form: new Map([['authorization', new Set(['s1'])]]) },
      ];

      for (const value of values) {
        const text = line(
          { message, args: [value, { n: 1 }] },
          { redact: ['**.authorization', '**.token', '**["x-token"]'] },
        );
        expect(text).not.toMatch(/s[123]\b/);
      }
    },
  );

  it('writes the record of a value that throws when it is inspected', () => {
    const hostile = {
      [inspect.custom](): never {
        throw new Error('no look');
      },
    };

    expect(parsed({ message: 'a %s and %O', args: [1, hostile], extra: { hostile, n: 2 } })).toMatchObject({
      message: 'a 1 and [Throws: no look]',
      n: 2,
    });
  });
});
