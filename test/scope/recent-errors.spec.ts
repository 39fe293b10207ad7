import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RecentErrors, recentErrorsOf } from '../../lib/scope/recent-errors';

const asItIs = (message: unknown) => ({ message, stack: undefined });

describe('RecentErrors', () => {
  it('knows an Error by itself, however often it is reported', () => {
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
    'knows an Error by its stack behind %s, once: another one may have the same',
    (_what, message, expected) => {
      const recent = new RecentErrors();
      const error = new TypeError('no stock');
      recent.add(error, true);
      const report = { message, stack: error.stack };

      expect([recent.tell(report), recent.tell(report)]).toEqual([expected, false]);
    },
  );

  it('knows a thrown value once, and never one that is undefined', () => {
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

  it('forgets after five seconds: an Error may be made once and thrown again and again', () => {
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

  it('are those of one tree', () => {
    const [tree, other, error] = [{}, {}, new Error('no stock')];
    recentErrorsOf(tree).add(error, true);

    expect([tree, other].map((each) => recentErrorsOf(each).tell(asItIs(error)))).toEqual([true, false]);
  });
});
