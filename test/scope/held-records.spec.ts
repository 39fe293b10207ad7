/** HeldRecords: copies, gaps and counts, for one target and for several. */
import { describe, expect, it } from 'vitest';
import { HeldRecords } from '../../lib/scope/held-records';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { compileScopeOptions } from '../../lib/scope/scope-options';
import { stats } from '../../lib/scope/scope-registry';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

const MARK = { scope: 's-1', reason: 'error', limit: 100 };

function held(
  capacity: number,
  keepFirst: number,
): { hold(n: number): void; all: HeldRecords; target: CollectingHandler } {
  const all = new HeldRecords();
  const target = new CollectingHandler();
  const sink = new HindsightHandler(target);
  const options = compileScopeOptions({ capacity, keepFirst });
  return {
    all,
    target,
    hold(n) {
      for (let i = 1; i <= n; i++) all.hold(some.record({ message: String(i), created: i }), sink, options);
    },
  };
}

describe('HeldRecords', () => {
  it('writes in order and marks each record', () => {
    const { all, hold, target } = held(10, 2);
    hold(3);

    expect(all.writeAll(MARK, () => {})).toBe(3);
    expect(target.messages).toEqual(['1', '2', '3']);
    expect(target.records.map(({ hindsight }) => hindsight)).toEqual(
      Array.from({ length: 3 }, () => ({ scope: 's-1', reason: 'error' })),
    );
    expect(all.size).toBe(0);
  });

  it('puts one marker at the gap, with the exact count and the time of what follows', () => {
    const { all, hold, target } = held(4, 2);
    hold(10);
    all.writeAll(MARK, () => {});

    expect(target.messages).toEqual(['1', '2', '6 records are missing here: the scope was full', '9', '10']);
    expect(target.records[2]).toMatchObject({
      name: 'nestjs-hindsight',
      levelname: 'DEBUG',
      created: 9,
      hindsight: { scope: 's-1', reason: 'error', dropped: 6 },
    });
  });

  it('puts the marker at the end when only first records are kept, and alone when nothing is', () => {
    const first = held(2, 2);
    first.hold(5);
    first.all.writeAll(MARK, () => {});
    const none = held(0, 0);
    none.hold(5);
    none.all.writeAll(MARK, () => {});

    expect(first.target.messages).toEqual(['1', '2', '3 records are missing here: the scope was full']);
    expect(none.target.messages).toEqual(['5 records are missing here: the scope was full']);
  });

  it('writes no marker for a gap that was written before', () => {
    const { all, hold, target } = held(2, 1);
    hold(5);
    all.writeAll(MARK, () => {});
    target.clear();
    hold(2);
    all.writeAll(MARK, () => {});

    expect(target.messages).toEqual(['1', '2']);
  });

  it('tells of each record it writes, once', () => {
    const { all, hold } = held(10, 2);
    const told: string[] = [];
    hold(3);
    all.writeAll(MARK, (record) => told.push(record.getMessage()));

    expect(told).toEqual(['1', '2', '3']);
  });

  it('keeps the counts of the process in step', () => {
    const before = { ...stats().records };
    const { all, hold } = held(5, 2);
    hold(8);
    all.evict('oldest');
    expect(stats().records).toMatchObject({
      held: before.held + 4,
      dropped: before.dropped + 4,
      evicted: before.evicted + 4,
    });
    all.discard();

    expect(stats().records).toMatchObject({ held: before.held, dropped: before.dropped + 8 });
  });

  it('hands over to another holder, with the count of what is missing', () => {
    const inner = held(4, 2);
    const outer = held(100, 2);
    const sink = new HindsightHandler(outer.target);
    inner.hold(10);
    const options = compileScopeOptions({});
    inner.all.moveTo({
      take: (record) => outer.all.keep(record, sink, options),
      missed: (_sink, count) => outer.all.missed(sink, count, options),
    });
    outer.all.writeAll(MARK, () => {});

    expect(outer.target.messages).toEqual([
      '1',
      '2',
      '9',
      '10',
      '6 records are missing here: the scope was full',
    ]);
  });

  it('shows what is held without giving it away', () => {
    const { all, hold } = held(3, 1);
    hold(5);

    expect(all.peek().map((record) => record.getMessage())).toEqual(['1', '4', '5']);
    expect(all.size).toBe(3);
  });
});
