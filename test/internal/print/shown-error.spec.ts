import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { printable, printableData } from '../../../lib/internal/print/printable';
import { cleanAddresses, httpSummary, isExchange, stackOf } from '../../../lib/internal/print/shown-error';

describe('httpSummary', () => {
  it.each<[string, object, object | undefined]>([
    [
      'a configuration with a base address',
      { config: { method: 'post', baseURL: 'http://shop/v1/', url: '/pay?token=1', headers: {} } },
      { method: 'POST', url: 'http://shop/v1/pay?token=…' },
    ],
    [
      'a response that keeps its request',
      { response: { status: 502, headers: {}, request: { method: 'GET', url: 'http://u:p@shop/x' } } },
      { method: 'GET', url: 'http://shop/x', status: 502 },
    ],
    [
      'options with a URL',
      { options: { method: 'GET', url: new URL('http://shop/x#top'), headers: {} } },
      { method: 'GET', url: 'http://shop/x' },
    ],
    [
      'a request of node:http',
      { request: { method: 'GET', protocol: 'https:', host: 'shop', path: '/x?a=1' } },
      { method: 'GET', url: 'https://shop/x?a=…' },
    ],
    [
      'method and path of its own',
      { method: 'PUT', path: '/x', status: 409 },
      { method: 'PUT', url: '/x', status: 409 },
    ],
    ['the body of a refusal', { response: { statusCode: 400, message: 'no' }, status: 400 }, undefined],
    ['a file', { code: 'ENOENT', path: '/etc/x' }, undefined],
    ['nothing', {}, undefined],
  ])('of an Error with %s', (_what, keys, summary) => {
    expect(httpSummary(Object.assign(new Error('x'), keys))).toEqual(summary);
  });
});

describe('isExchange', () => {
  it('is true for requests, responses and their options only', () => {
    expect(
      [
        { headers: {}, status: 200 },
        { method: 'GET', url: '/' },
      ].map(isExchange),
    ).toEqual([true, true]);
    expect([{ headers: {} }, { method: 'cash' }, 'GET /', null, new Error('x')].map(isExchange)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('cleanAddresses', () => {
  it.each([
    ['GET http://u:p@shop/x?token=1 failed', 'GET http://shop/x?token=… failed'],
    ['cannot POST /pay?token=1&page=2 (401)', 'cannot POST /pay?token=…&page=… (401)'],
    ['is it here? yes', 'is it here? yes'],
    ['write to jane@shop.example', 'write to jane@shop.example'],
  ])('of %j is %j', (text, clean) => {
    expect(cleanAddresses(text)).toBe(clean);
  });
});

describe('stackOf', () => {
  it('does not change the frames', () => {
    const error = Object.assign(new Error('GET /x?token=1'), { method: 'GET', path: '/x?token=1' });
    error.stack = 'Error: GET /x?token=1\n    at run (file:///srv/app.js?v=2:1:2)';

    expect(stackOf(error)).toBe('Error: GET /x?token=…\n    at run (file:///srv/app.js?v=2:1:2)');
  });
});

class Socket {
  readonly agent = { options: { key: 's3cret' } };
}

/** Own keys as a reader of the JSON gets them. */
function keysOf(error: Error): Record<string, unknown> {
  return { ...JSON.parse(JSON.stringify(printableData(error))) } as Record<string, unknown>;
}

describe('additional data on an Error', () => {
  it('is printed as plain data, class instances as their name', () => {
    const id = { toJSON: (): string => '65f0' };
    const error = Object.assign(new Error('x'), {
      code: 'E1',
      socket: new Socket(),
      id,
      list: [1, new Map([['a', new Socket()]])],
      sent: new Headers({ cookie: 's3cret', host: 'shop' }),
    });

    expect(keysOf(error)).toMatchObject({
      code: 'E1',
      socket: '[Socket]',
      id: '65f0',
      sent: { cookie: '[Redacted]', host: 'shop' },
    });
    expect(inspect(printable(error))).not.toContain('s3cret');
  });

  it('is printed to three levels', () => {
    expect(keysOf(Object.assign(new Error('x'), { a: { b: { c: { d: [] } } } }))).toMatchObject({
      a: { b: { c: { d: '[Array(0)]' } } },
    });
  });

  it.each<[string, unknown]>([
    ['a text', 'x'.repeat(100_000)],
    ['a list', Array.from({ length: 100_000 }, (_, i) => i)],
    ['an object', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, { i }]))],
    ['a Map', new Map(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, 'x'.repeat(100)]))],
  ])('is %s of two KiB at most', (_what, data) => {
    const shown = printableData(Object.assign(new Error('x'), { data })) as { data: unknown };
    const text = JSON.stringify(shown.data instanceof Map ? [...shown.data] : shown.data);

    expect(text.length).toBeGreaterThan(500);
    expect(text.length).toBeLessThan(5000);
    expect(text).toMatch(/more/);
  });

  it('is the same Error if nothing has to change', () => {
    const error = Object.assign(new Error('x', { cause: new Error('y') }), { code: 'E1', data: { a: 1 } });

    expect(printable(error)).toBe(error);
    expect(printableData(error)).toBe(error);
  });

  it('keeps the class of the Error, but not its methods for printing', () => {
    class ApiError extends Error {
      readonly #secret = 's3cret';
      readonly socket = new Socket();
      override name = 'ApiError';
      toJSON(): object {
        return { secret: this.#secret };
      }
      override toString(): string {
        return this.#secret;
      }
      [inspect.custom](): string {
        return this.#secret;
      }
    }

    const shown = printable(new ApiError('refused'));

    expect(shown).toBeInstanceOf(ApiError);
    expect(String(shown)).toBe('ApiError: refused');
    expect(inspect(shown)).toContain('[Socket]');
    expect(inspect(shown) + JSON.stringify(shown)).not.toContain('s3cret');
  });
});

describe('an Error below another', () => {
  it('is printed once, and other places refer to it', () => {
    const root = new Error('refused');
    const middle = Object.assign(new Error('timed out', { cause: root }), { originalError: root });
    const error = Object.assign(new AggregateError([root], 'failed', { cause: middle }), {
      options: { cause: middle },
      seen: [root],
    });

    const shown = printableData(error) as AggregateError & { options: unknown; seen: unknown };

    expect(shown.errors[0]).toBe(root);
    expect(JSON.stringify([shown.options, shown.seen])).toBe('[{"cause":"[see cause]"},["[see errors[0]]"]]');
    expect(JSON.stringify((shown.cause as Error).cause)).toBe('"[see errors[0]]"');
  });

  it('is printed again below the next', () => {
    const cause = new Error('refused');
    const errors = [new Error('one', { cause }), new Error('two', { cause })];

    expect(printableData(errors)).toBe(errors);
  });

  it('is one of 32 at most', () => {
    const shown = printableData(
      new AggregateError(
        Array.from({ length: 100 }, () => new Error('x')),
        'all',
      ),
    );

    expect((shown as AggregateError).errors.slice(30, 33).map(String)).toEqual([
      'Error: x',
      '[further errors cut]',
      '[further errors cut]',
    ]);
  });
});
