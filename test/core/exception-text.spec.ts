import { describe, expect, it } from 'vitest';
import { formatException } from '../../lib/core/exception-text';

/** Lines that are no stack frames. */
function heads(text: string): string[] {
  return text.split('\n').filter((line) => !line.startsWith('    at '));
}

describe('formatException', () => {
  it('is the stack', () => {
    const error = new RangeError('too far');

    expect(formatException(error)).toBe(error.stack);
  });

  it('holds the whole chain of causes, outermost first', () => {
    const root = new Error('connection refused');
    const middle = new Error('payment failed', { cause: root });
    const outer = new Error('order failed', { cause: middle });

    expect(heads(formatException(outer))).toEqual([
      'Error: order failed',
      '[cause]: Error: payment failed',
      '[cause]: Error: connection refused',
    ]);
  });

  it('holds every member of an AggregateError', () => {
    const error = new AggregateError([new Error('one'), new TypeError('two')], 'all failed');

    expect(heads(formatException(error))).toEqual([
      'AggregateError: all failed',
      '[errors 0]: Error: one',
      '[errors 1]: TypeError: two',
    ]);
  });

  it('ends at an Error that causes itself', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(heads(formatException(error))).toEqual(['Error: loop', '[cause]: [Circular]']);
  });

  it('cuts a chain of hundreds', () => {
    let error = new Error('innermost');
    for (let i = 0; i < 500; i++) error = new Error(`level ${i}`, { cause: error });

    const lines = heads(formatException(error));

    expect(lines.length).toBeLessThan(40);
    expect(lines.at(-1)).toBe('[cause]: [further errors cut]');
  });

  it.each([
    ['a string', 'a string'],
    [5, '5'],
    [undefined, 'undefined'],
    [{ code: 7 }, '{"code":7}'],
    [null, 'null'],
  ])('takes %o, thrown in place of an Error', (value, text) => {
    expect(formatException(value)).toBe(text);
  });

  it('takes a cause that is no Error', () => {
    expect(heads(formatException(new Error('x', { cause: { code: 7 } })))).toEqual([
      'Error: x',
      '[cause]: {"code":7}',
    ]);
  });

  it('falls back to name and message when the stack was taken away', () => {
    const error = new TypeError('bad');
    Object.defineProperty(error, 'stack', { value: undefined });

    expect(formatException(error)).toBe('TypeError: bad');
  });

  it('survives a value that throws when printed', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    expect(formatException(circular)).toBe('{"self":"[Circular]"}');
  });

  it('survives a Proxy whose traps throw, thrown or as the cause', () => {
    const refuse = (): never => {
      throw new Error('trap');
    };
    const hostile = new Proxy({}, { getPrototypeOf: refuse, get: refuse, ownKeys: refuse });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(formatException(hostile)).toBe('[Throws: trap]');
    expect(formatException(revoked)).toMatch(/^\[Throws: .*revoked/);
    expect(heads(formatException(new Error('x', { cause: hostile })))).toEqual([
      'Error: x',
      '[cause]: [Throws: trap]',
    ]);
  });

  it.each(['stack', 'cause', 'errors'])('prints the rest of an Error whose %s throws', (key) => {
    const error = new Error('boom');
    Object.defineProperty(error, key, {
      get: () => {
        throw new Error('getter');
      },
    });

    expect(heads(formatException(error))).toEqual(['Error: boom']);
  });

  it('prints an Error of which nothing can be read', () => {
    const error = new Proxy(new Error('boom'), {
      get: () => {
        throw new Error('trap');
      },
    });

    expect(formatException(error)).toBe('[unprintable]');
  });

  it('has no newline at its end', () => {
    const error = new Error('x');
    error.stack = 'Error: x\n    at y\n';

    expect(formatException(error)).toBe('Error: x\n    at y');
  });

  it('prints each stack once, and says where an Error stands that comes again', () => {
    const root = new Error('refused');
    const middle = Object.assign(new Error('timed out', { cause: root }), { original: root });
    const error = new AggregateError([middle, root], 'all failed', { cause: middle });

    expect(heads(formatException(error))).toEqual([
      'AggregateError: all failed',
      '[errors 0]: Error: timed out',
      '[cause]: Error: refused',
      '[errors 1]: [see errors[0].cause]',
      '[cause]: [see errors[0]]',
    ]);
  });

  it('ends at a list of a million members', () => {
    const error = new AggregateError(
      Array.from({ length: 1_000_000 }, () => 'refused'),
      'all failed',
    );

    expect(heads(formatException(error)).length).toBeLessThan(40);
  });

  it('takes credentials out of the headers of a cause that is no Error', () => {
    const cause = { status: 401, headers: { authorization: 'Bearer s3cret' } };

    expect(formatException(new Error('x', { cause }))).toContain(
      '[cause]: {"status":401,"headers":{"authorization":"[Redacted]"}}',
    );
  });
});
