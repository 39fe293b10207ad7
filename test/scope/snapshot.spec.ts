/** takeSnapshot: what a held record shows when its arguments change afterwards. */
import { describe, expect, it } from 'vitest';
import { takeSnapshot } from '../../lib/scope/snapshot';
import { some } from '../support/some';

/** CPU time since an earlier reading, in ms: a busy machine does not make it longer. */
function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('takeSnapshot', () => {
  it('copies plain objects and arrays one level deep by default', () => {
    const order = { id: 1, items: { count: 1 } };
    const list = [1];
    const record = some.record({ message: '%j %j', args: [order, list] });
    takeSnapshot(record, 'shallow');

    order.id = 2;
    order.items.count = 2;
    list.push(2);

    expect(record.getMessage()).toBe('{"id":1,"items":{"count":2}} [1]');
  });

  it('keeps what the fields were', () => {
    const fields = { user: 'ann' };
    const record = some.record({ message: 'm', args: [fields] });
    takeSnapshot(record, 'shallow');

    fields.user = 'bob';

    expect(record.extra).toEqual({ user: 'ann' });
  });

  it('keeps the fields of a record that another handler has already read', () => {
    const fields = { user: 'ann' };
    const record = some.record({ message: 'm', args: [fields] });
    record.getMessage();
    takeSnapshot(record, 'shallow');

    fields.user = 'bob';

    expect(record.extra).toEqual({ user: 'ann' });
  });

  it('copies an object that is the message itself', () => {
    const state = { step: 1 };
    const record = some.record({ message: state });
    takeSnapshot(record, 'shallow');

    state.step = 2;

    expect(record.getMessage()).toBe('{ step: 1 }');
  });

  it('keeps the fields of an object before the message', () => {
    const state = { step: 1, err: new Error('boom') };
    const record = some.record({ message: state, args: ['at %s', 'start'] });
    takeSnapshot(record, 'shallow');

    state.step = 2;

    expect(record).toMatchObject({ extra: { step: 1 }, excInfo: state.err });
    expect(record.getMessage()).toBe('at start');
  });

  it('keeps class instances, Errors and Dates themselves', () => {
    const args = [new Date(0), new Error('x'), new Map([[1, 2]])];
    const record = some.record({ message: 'm', args: [...args] });
    takeSnapshot(record, 'shallow');

    expect(record.args.map((argument, at) => argument === args[at])).toEqual([true, true, true]);
  });

  it('keeps everything by reference when told to', () => {
    const order = { id: 1 };
    const record = some.record({ message: '%j', args: [order] });
    takeSnapshot(record, 'reference');

    order.id = 2;

    expect(record.getMessage()).toBe('{"id":2}');
  });

  it("renders at the call with 'format', deep fields and Error included", () => {
    const error = new Error('boom');
    const order = { id: 1, items: { count: 1 } };
    const record = some.record({ message: 'order %j 100%% %s', args: [order, '%d', error, { order }] });
    takeSnapshot(record, 'format');

    order.items.count = 2;

    expect(record.getMessage()).toBe('order {"id":1,"items":{"count":1}} 100% %d');
    expect(record.extra).toEqual({ order: { id: 1, items: { count: 1 } } });
    expect(record.excInfo).toBe(error);
  });

  it("calls a lazy message at the call with 'format'", () => {
    let state = 'before';
    const record = some.record({ message: () => `it was ${state}` });
    takeSnapshot(record, 'format');

    state = 'after';

    expect(record.getMessage()).toBe('it was before');
  });

  it("keeps fields that cannot be cloned one level deep with 'format'", () => {
    const fields = { now: () => 1, id: 1 };
    const record = some.record({ message: 'm', args: [fields] });
    takeSnapshot(record, 'format');

    fields.id = 2;

    expect(record.extra).toMatchObject({ id: 1 });
  });

  it("hands each argument to the user's function", () => {
    const record = some.record({ message: '%s %s', args: [1, 2] });
    takeSnapshot(record, (argument) => Number(argument) * 10);

    expect(record.getMessage()).toBe('10 20');
  });

  it.each(['shallow', 'format'] as const)('does not throw at an argument that does (%s)', (snapshot) => {
    const fields = {
      get secret(): unknown {
        throw new Error('getter failed');
      },
    };
    const record = some.record({ message: '%j', args: [fields, fields] });

    expect(() => takeSnapshot(record, snapshot)).not.toThrow();
  });

  it("does not throw when the user's function does", () => {
    const record = some.record({ message: '%s', args: ['x'] });

    takeSnapshot(record, () => {
      throw new Error('snapshot failed');
    });

    expect(record.getMessage()).toBe('x');
  });

  it('copies a key called __proto__ as data', () => {
    const fields = JSON.parse('{"__proto__": {"polluted": true}}') as object;
    const record = some.record({ message: 'm', args: [fields] });
    takeSnapshot(record, 'shallow');

    expect(Object.getPrototypeOf(record.extra)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([3e7, 4e9])('copies what is in an array with an item at %d, and nothing else', (index) => {
    const array: unknown[] = Array.from({ length: 20_000 }, (_, i) => i);
    array[index] = 'far';
    const record = some.record({ message: 'x', args: [array] });
    const before = process.cpuUsage();

    takeSnapshot(record, 'shallow');

    expect(cpuMs(before)).toBeLessThan(200);
    const copy = record.args[0] as unknown[];
    expect(copy).not.toBe(array);
    expect([copy.length, copy[0], copy[19_999], copy[index]]).toEqual([index + 1, 0, 19_999, 'far']);
  });

  it('copies an array whose end is empty', () => {
    const array: unknown[] = ['first'];
    array.length = 3e7;
    const record = some.record({ message: 'x', args: [array] });
    const before = process.cpuUsage();

    takeSnapshot(record, 'shallow');

    expect(cpuMs(before)).toBeLessThan(200);
    expect(Object.keys(record.args[0] as unknown[])).toEqual(['0']);
  });

  it('copies a long array that is full', () => {
    const array = Array.from({ length: 100_000 }, (_, i) => i);
    const record = some.record({ message: 'x', args: [array] });

    takeSnapshot(record, 'shallow');

    expect(record.args[0]).not.toBe(array);
    expect(record.args[0]).toEqual(array);
  });
});
