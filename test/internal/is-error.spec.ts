import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isError } from '../../lib/internal/is-error';

describe('isError', () => {
  it.each([new Error('x'), new TypeError('x'), new AggregateError([]), new (class extends Error {})('x')])(
    'is true of %o',
    (value) => {
      expect(isError(value)).toBe(true);
    },
  );

  it('is true of an Error of another realm, as Node’s own are under Jest', () => {
    const foreign: unknown = runInNewContext('new RangeError("x")');

    expect(foreign instanceof Error).toBe(false);
    expect(isError(foreign)).toBe(true);
  });

  it.each(['text', undefined, null, {}, { name: 'Error', message: 'x' }])('is false of %o', (value) => {
    expect(isError(value)).toBe(false);
  });

  it('is false of what cannot be asked', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(isError(proxy)).toBe(false);
  });
});
