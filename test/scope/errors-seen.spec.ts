/** Which Errors a record tells of, and which of them a unit of work has written already. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ERROR } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import {
  errorsIn,
  firstErrorOf,
  RecentErrors,
  recentErrorsOf,
  WrittenErrors,
} from '../../lib/scope/errors-seen';
import { some } from '../support/some';

const [one, other] = [new Error('one'), new Error('other')];

function recordOf(msg: unknown, ...args: readonly unknown[]): LogRecord {
  return new LogRecord('shop', ERROR, msg, args, 0);
}

function errorsOf(made: LogRecord): readonly unknown[] {
  return errorsIn(made)?.errors ?? [];
}

describe('errorsIn', () => {
  it('sees Errors as the message, among the arguments and in the fields', () => {
    expect(errorsOf(recordOf(one))).toEqual([one]);
    expect(errorsOf(recordOf('text', 1, one, null, other))).toEqual([one, other]);
    expect(errorsOf(recordOf('text', { err: one, cause: other, n: 1 }))).toEqual([one, other]);
    expect(errorsOf(recordOf({ err: one }, 'text'))).toEqual([one]);
    expect(errorsOf(recordOf('failed: %s', one))).toEqual([one]);
  });

  it('sees what was set on the record first, whatever it is', () => {
    const made = recordOf('text', one);
    made.excInfo = 'a thrown string';
    expect(errorsOf(made)).toEqual(['a thrown string', one]);
  });

  it('skips fields with a getter that throws', () => {
    const fields = {
      get bad(): unknown {
        throw new Error('no');
      },
    };
    expect(errorsOf(recordOf('text', fields, one))).toEqual([one]);
  });

  it('is undefined, with nothing made, for a record without an Error', () => {
    expect(errorsIn(recordOf('text', 1, { n: 1, stack: '' }))).toBeUndefined();
  });

  it('does not call a message that is a function', () => {
    expect(
      errorsOf(
        recordOf(() => {
          throw new Error('rendered');
        }),
      ),
    ).toEqual([]);
  });
});

describe('firstErrorOf', () => {
  it('is the first Error, or undefined', () => {
    expect(firstErrorOf(recordOf('text', one, other))).toBe(one);
    expect(firstErrorOf(recordOf('text', { n: 1 }))).toBeUndefined();
    expect(firstErrorOf(recordOf('text', { err: one }))).toBe(one);
    expect(firstErrorOf(recordOf({ err: one }, 'text %s', other))).toBe(one);
    expect(firstErrorOf(recordOf('failed: %s', one, { excInfo: other }))).toBe(other);
  });
});

function after(fields: Parameters<typeof some.record>[0]): WrittenErrors {
  const written = new WrittenErrors({}, true);
  const found = errorsIn(some.record(fields));
  if (found !== undefined) written.addAll(found);
  return written;
}

describe('WrittenErrors', () => {
  const error = new Error('boom');

  it('knows objects by identity and other values by value', () => {
    const written = new WrittenErrors({}, true);
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

  it('recognises by a stack only the Error that the stack is of', () => {
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

const asItIs = (message: unknown) => ({ message, stack: undefined });

describe('RecentErrors', () => {
  it('recognises an Error object however often it is reported', () => {
    const recent = new RecentErrors();
    const [first, second] = [new Error('first'), new Error('second')];
    recent.add(first, true);
    recent.add(second, true);

    expect([new Error('first'), first, first, second].map((error) => recent.tell(asItIs(error)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it.each([
    ['its message', 'no stock', true],
    ['its name and message', 'TypeError: no stock', true],
    ['other words', 'the sale failed', false],
  ])(
    'recognises an Error by its stack behind %s, once, as another Error may have the same',
    (_what, message, expected) => {
      const recent = new RecentErrors();
      const error = new TypeError('no stock');
      recent.add(error, true);
      const report = { message, stack: error.stack };

      expect([recent.tell(report), recent.tell(report)]).toEqual([expected, false]);
    },
  );

  it('recognises a thrown value once, and never undefined', () => {
    const recent = new RecentErrors();
    recent.add('out of paper', true);
    recent.add(undefined, true);

    expect(['out of paper', 'out of paper', undefined].map((value) => recent.tell(asItIs(value)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('remembers the last 256 only', () => {
    const recent = new RecentErrors();
    for (let number = 0; number < 257; number++) recent.add(number, true);

    expect([0, 1, 256].map((number) => recent.tell(asItIs(number)))).toEqual([false, true, true]);
  });

  it('forgets an Error after five seconds, as it may be thrown again and again', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const [recent, error] = [new RecentErrors(), new Error('no stock')];
    recent.add(error, true);
    vi.advanceTimersByTime(5000);
    expect(recent.tell(asItIs(error))).toBe(true);

    vi.advanceTimersByTime(1);
    expect(recent.tell(asItIs(error))).toBe(false);
  });

  it('tells those of calls from those of requests and messages', () => {
    const [recent, error] = [new RecentErrors(), new Error('no stock')];
    recent.add(error, false);

    expect(recent.tell({ ...asItIs(error), ofCalls: true })).toBe(false);
    expect(recent.tell(asItIs(error))).toBe(true);
  });

  it('belong to one tree', () => {
    const [tree, other, error] = [{}, {}, new Error('no stock')];
    recentErrorsOf(tree).add(error, true);

    expect([tree, other].map((each) => recentErrorsOf(each).tell(asItIs(error)))).toEqual([true, false]);
  });

  it('include what a scope of the tree has written', () => {
    const [tree, error] = [{}, new Error('no stock')];
    new WrittenErrors(tree, false).add(error);

    expect(recentErrorsOf(tree).tell({ ...asItIs(error), ofCalls: true })).toBe(false);
    expect(recentErrorsOf(tree).tell(asItIs(error))).toBe(true);
  });
});
