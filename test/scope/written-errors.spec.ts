/** WrittenErrors: which Errors a scope has written. */
import { describe, expect, it } from 'vitest';
import { WrittenErrors } from '../../lib/scope/written-errors';
import { some } from '../support/some';

function after(fields: Parameters<typeof some.record>[0]): WrittenErrors {
  const written = new WrittenErrors({ tree: {}, work: { kind: 'call' } });
  written.addAllOf(some.record(fields));
  return written;
}

describe('WrittenErrors', () => {
  const error = new Error('boom');

  it('knows objects by identity and other values by value', () => {
    const written = new WrittenErrors({ tree: {}, work: { kind: 'call' } });
    written.add(error);
    written.add('boom');

    expect(written.has(error)).toBe(true);
    expect(written.has(new Error('boom'))).toBe(false);
    expect(written.has('boom')).toBe(true);
    expect(written.has('bang')).toBe(false);
  });

  it.each([
    ['as excInfo', { error }],
    ['as the message', { message: error }],
    ['as an argument', { message: 'failed', args: [error] }],
    ['behind a placeholder', { message: 'failed: %s', args: [error] }],
    ['in the fields', { message: 'failed', args: [{ err: error }] }],
    ['as the text of its stack', { message: 'failed', args: [{ stack: error.stack }] }],
    ['as excInfo of the fields', { message: 'failed', args: [{ excInfo: error }] }],
  ])('finds an Error %s of a record', (_where, fields) => {
    expect(after(fields).has(error)).toBe(true);
  });

  it('knows by its stack no Error but the one that it is of', () => {
    const written = after({ message: 'failed', args: [{ stack: error.stack }] });

    expect(written.has(new Error('boom'))).toBe(false);
    expect(written.has(error.stack)).toBe(false);
  });

  it('finds nothing in a record without an Error', () => {
    expect(after({ message: 'ok', args: [1, 'two', { three: 3 }] }).has(error)).toBe(false);
  });

  it('survives a record that cannot be read', () => {
    const fields = {
      get secret(): unknown {
        throw new Error('getter failed');
      },
    };
    const unreadable = { toString: (): string => String((Symbol('x') as unknown as number) * 2) };

    expect(() => after({ message: 'x', args: [fields, 1] })).not.toThrow();
    expect(() => after({ message: '%s', args: [unreadable] })).not.toThrow();
  });
});
