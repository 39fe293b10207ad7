/** The records that a scope holds: copies, gaps and counts, for one target and for several. */
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../lib/core/handler';
import type { LogScopeOptions } from '../../lib/scope/options';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { stats } from '../../lib/scope/counts';
import { HeldRecords, type RecordTotal } from '../../lib/scope/records';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

const MARK = { scope: 's-1', reason: 'error', limit: 100 };

interface Held {
  readonly all: HeldRecords;
  readonly target: CollectingHandler;
  /** Where the holder counts its records. */
  readonly list: RecordTotal;
  /** Holds the records 1 to n. */
  hold(n: number): void;
}

function held(capacity: number, keepFirst: number, options: LogScopeOptions = {}): Held {
  const list = { records: 0 };
  const all = new HeldRecords({ options: compileScopeOptions({ ...options, capacity, keepFirst }), list });
  const target = new CollectingHandler();
  const sink = new HindsightHandler(target);
  return {
    all,
    target,
    list,
    hold(n) {
      for (let i = 1; i <= n; i++) all.hold(some.record({ message: String(i), created: i }), sink);
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

  it('marks a gap in one dump only', () => {
    const { all, hold, target } = held(2, 1);
    hold(5);
    all.writeAll(MARK, () => {});
    target.clear();
    hold(2);
    all.writeAll(MARK, () => {});

    expect(target.messages).toEqual(['1', '2']);
  });

  it('calls back for each record that it writes, once', () => {
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

  it('counts what it holds where its holder is listed, too', () => {
    const { all, hold, list } = held(5, 2);
    hold(8);
    expect(list.records).toBe(5);
    all.evict('newest');
    expect(list.records).toBe(4);
    all.writeAll(MARK, () => {});

    expect(list.records).toBe(0);
  });

  it('hands its records to another holder, with the count of what is missing', () => {
    const inner = held(4, 2);
    const outer = held(100, 2);
    const before = stats().records;
    inner.hold(10);
    inner.all.moveTo({
      adopt: (record, sink) => void outer.all.keep(record, sink),
      addMissing: (sink, count) => outer.all.addMissing(sink, count),
    });
    expect(stats().records).toMatchObject({ held: before.held + 4, dropped: before.dropped + 6 });
    outer.all.writeAll(MARK, () => {});

    expect(inner.target.messages).toEqual([
      '1',
      '2',
      '6 records are missing here: the scope was full',
      '9',
      '10',
    ]);
    expect(inner.all.size).toBe(0);
  });

  it('hands its records to a scope of another copy of the package', () => {
    const { all, hold } = held(4, 2);
    const routed: string[] = [];
    hold(2);
    all.routeTo({ id: 'other', fields: {}, tree: {}, route: ({ msg }) => void routed.push(String(msg)) });

    expect(routed).toEqual(['1', '2']);
    expect(all.size).toBe(0);
  });

  it('writes by level what passes the level of its target, and drops the rest', () => {
    const before = stats().records;
    const { all, target } = held(5, 2);
    target.setLevel('INFO');
    const sink = new HindsightHandler(target);
    for (const levelno of [10, 20, 30]) all.hold(some.record({ message: String(levelno), levelno }), sink);
    all.writeByLevel();

    expect(target.messages).toEqual(['20', '30']);
    expect(stats().records).toMatchObject({ passed: before.passed + 2, dropped: before.dropped + 1 });
  });

  describe('for several targets', () => {
    const sinkOf = (target: Handler): HindsightHandler => new HindsightHandler(target);

    it('holds a record for each of them as it was when it was logged', () => {
      const { all } = held(5, 2);
      const [first, second] = [new CollectingHandler(), new CollectingHandler()];
      const sinks = [sinkOf(first), sinkOf(second)];
      const order = { id: 1 };
      const record = some.record({ message: '%j', args: [order] });
      for (const sink of sinks) all.hold(record, sink);
      order.id = 2;
      all.writeAll(MARK, () => {});

      expect([first.messages, second.messages]).toEqual([['{"id":1}'], ['{"id":1}']]);
    });

    it('knows a record that came by way of another handler over the same target', () => {
      const { all } = held(5, 2);
      const target = new CollectingHandler();
      const [one, other] = [sinkOf(target), sinkOf(target)];
      const record = some.record({});
      all.hold(record, one);

      expect([all.has(record, other), all.has(some.record({}), other)]).toEqual([true, false]);
      expect(all.has(record, sinkOf(new CollectingHandler()))).toBe(false);
      all.release(record, other);
      expect(all.size).toBe(0);
    });
  });

  it('shows what is held and keeps it', () => {
    const { all, hold } = held(3, 1);
    hold(5);

    expect(all.peek().map((record) => record.getMessage())).toEqual(['1', '4', '5']);
    expect(all.size).toBe(3);
  });
});
