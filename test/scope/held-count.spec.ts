import { describe, expect, it } from 'vitest';
import { HeldCount } from '../../lib/scope/held-count';
import { stats } from '../../lib/scope/scope-registry';

describe('HeldCount', () => {
  it('keeps the count of the process and of its list in step with its own', () => {
    const before = stats().records.held;
    const count = new HeldCount();
    const list = { records: 0, left: (held: number) => void (list.records -= held) };
    count.add(2);
    count.list = list;
    count.add(3);

    expect([count.held, stats().records.held - before, list.records]).toEqual([5, 5, 3]);
    list.records = 5;
    count.leave();
    expect([list.records, count.list]).toEqual([0, undefined]);
    count.add(-5);
    expect(stats().records.held).toBe(before);
  });
});
