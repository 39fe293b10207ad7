import { describe, expect, it } from 'vitest';
import { UnpicklingError } from '../../../lib/errors';
import { PickleMachine, PickleReader } from '../../../lib/handlers/pickle/pickle-machine';
import { PickleName } from '../../../lib/handlers/pickle/pickle-names';

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

const reader = (hex: string): PickleReader => new PickleReader(Buffer.from(hex, 'hex'));

describe('PickleReader', () => {
  it('reads numbers in the byte order of pickles', () => {
    const bytes = reader('010200ffffffff020000003ff8000000000000');

    expect(bytes.byte()).toBe(1);
    expect(bytes.uint16()).toBe(2);
    expect(bytes.int32()).toBe(-1);
    expect(bytes.uint32()).toBe(2);
    expect(bytes.double()).toBe(1.5);
    expect(bytes.position).toBe(19);
  });

  it('reads a line without its newline', () => {
    const bytes = reader('61620a63');

    expect(bytes.line().toString()).toBe('ab');
    expect(bytes.byte()).toBe(0x63);
  });

  it.each<[string, (bytes: PickleReader) => unknown]>([
    ['', (bytes) => bytes.byte()],
    ['01', (bytes) => bytes.uint16()],
    ['0102', (bytes) => bytes.take(3)],
    ['0102', (bytes) => bytes.take(-1)],
    ['6162', (bytes) => bytes.line()],
    ['ffffffffffffffff', (bytes) => bytes.length64()],
    ['0100000000000000', (bytes) => bytes.length64()],
  ])('refuses to read past the end (%#)', (hex, read) => {
    expect(() => read(reader(hex))).toThrow(UnpicklingError);
  });
});
