import { describe, expect, it } from 'vitest';
import { RecentErrors } from '../../lib/scope/recent-errors';

describe('RecentErrors', () => {
  it('knows an Error by itself and by its stack, and forgets it when it was taken', () => {
    const recent = new RecentErrors();
    const [first, second] = [new Error('first'), new Error('second')];
    recent.add(first);
    recent.add(second);

    expect([recent.take(new Error('first')), recent.take(first), recent.take(first)]).toEqual([
      false,
      true,
      false,
    ]);
    expect([recent.take(second.stack), recent.take(second.stack)]).toEqual([true, false]);
  });

  it('knows a thrown value, and never one that is undefined', () => {
    const recent = new RecentErrors();
    recent.add('out of paper');
    recent.add(undefined);

    expect([recent.take('out of paper'), recent.take(undefined)]).toEqual([true, false]);
  });

  it('remembers the last 256 only', () => {
    const recent = new RecentErrors();
    for (let number = 0; number < 257; number++) recent.add(number);

    expect([recent.take(0), recent.take(1), recent.take(256)]).toEqual([false, true, true]);
  });
});
