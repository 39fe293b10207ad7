import { describe, expect, it } from 'vitest';
import { PickleMachine } from '../../../lib/handlers/socket/pickle-machine';
import { PickleName } from '../../../lib/handlers/socket/pickle-name';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const machine = (): PickleMachine => new PickleMachine(Buffer.alloc(10));

describe('PickleMachine', () => {
  it('takes off what is above the last mark', () => {
    const stack = machine();
    stack.push(1);
    stack.mark();
    stack.push(2);
    stack.push(3);

    expect(stack.popMark()).toEqual([2, 3]);
    expect(stack.pop()).toBe(1);
  });

  it('does not reach below a mark', () => {
    const stack = machine();
    stack.push(1);
    stack.mark();

    expect(() => stack.pop()).toThrow('the stack is empty');
  });

  it('drops a mark that is on top, else a value', () => {
    const stack = machine();
    stack.push(1);
    stack.mark();
    stack.drop();
    stack.drop();

    expect(() => stack.drop()).toThrow(UnpicklingError);
  });

  it('remembers values by number, None as well', () => {
    const stack = machine();
    stack.push(null);
    stack.memoize(7);
    stack.recall(7);

    expect(stack.pop()).toBeNull();
    expect(() => stack.recall(1)).toThrow('nothing is memoized as 1');
  });

  it('counts what is memoized, as MEMOIZE does, and not the gaps', () => {
    const stack = machine();
    stack.push('first');
    stack.memoize(5);
    stack.push('second');
    stack.memoizeNext();
    stack.recall(1);

    expect(stack.pop()).toBe('second');
  });

  it('refuses a memo index that no pickle of its length has', () => {
    const stack = machine();
    stack.push(null);

    expect(() => stack.memoize(10)).toThrow('the memo index 10 is beyond the pickle');
    expect(() => stack.recall(2 ** 31)).toThrow('nothing is memoized as 2147483648');
  });

  it('refuses a name where data must be', () => {
    const stack = machine();
    stack.mark();
    stack.pushName(new PickleName('datetime', 'date'));

    expect(() => stack.popMark()).toThrow('the name datetime.date is used as data');
  });

  it('refuses values that take more memory than 4 MiB and four times the pickle', () => {
    const stack = machine();
    const fill = (): void => {
      for (let i = 0; i < 5; i++) stack.push('', 1024 * 1024);
    };

    expect(fill).toThrow('takes too much memory or work');
    expect(() => new PickleMachine(Buffer.alloc(1024 * 1024)).push('', 6 * 1024 * 1024)).not.toThrow();
  });

  it('tells a list from a tuple, and a dict from a set', () => {
    const stack = machine();
    stack.push(Object.freeze([]));
    expect(() => stack.list()).toThrow(UnpicklingError);
    expect(() => stack.dict()).toThrow(UnpicklingError);
    stack.push(new Map());
    expect(stack.dict()).toEqual(new Map());
    expect(() => stack.set()).toThrow(UnpicklingError);
  });
});
