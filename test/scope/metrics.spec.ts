import { describe, expect, it } from 'vitest';
import { exportMetrics, observeMetrics, stats, type ObservableCallback } from '../../lib/logging';
import { METRICS } from '../../lib/scope/metrics';
import { scopeTree } from './scope-tree';

function valuesOf(name: string): Record<string, number> {
  const samples = METRICS.find((metric) => metric.name === name)?.read() ?? [];
  return Object.fromEntries(
    samples.map(({ value, labels }) => [Object.values(labels).join(' '), value] as const),
  );
}

describe('METRICS', () => {
  it('names counters and gauges by the conventions of Prometheus, and its labels', () => {
    const odd = METRICS.filter(
      ({ name, kind }) =>
        !/^hindsight_[a-z_]+$/.test(name) || name.endsWith('_total') !== (kind === 'counter'),
    );

    expect(odd.map(({ name }) => name)).toEqual([]);
    for (const { labelNames, read } of METRICS)
      for (const { labels } of read()) expect(Object.keys(labels)).toEqual(labelNames);
  });

  it('divides the records by what became of them, so that the outcomes add up', () => {
    const tree = scopeTree();
    expect(() =>
      tree.run({}, () => {
        tree.log.debug('held');
        tree.log.info('passed');
        throw new Error('boom');
      }),
    ).toThrow('boom');
    tree.run({ capacity: 1, keepFirst: 0, lingerMs: 0 }, () => {
      tree.log.debug('evicted');
      tree.log.debug('dropped');
    });

    const { passed, dumped, dropped } = stats().records;
    const found = valuesOf('hindsight_records_total');
    expect(Object.keys(found)).toEqual(['passed', 'dumped', 'dropped', 'evicted']);
    expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(passed + dumped + dropped);
    expect(found['evicted']).toBe(stats().records.evicted);
    expect(valuesOf('hindsight_dumps_total')).toEqual({ '': stats().scopes.dumps });
  });
});

describe('exportMetrics', () => {
  it('refuses what is not prom-client', () => {
    expect(() => exportMetrics({} as never)).toThrow(
      'exportMetrics: "client" must be the module prom-client',
    );
  });

  it('makes one metric of each, which copies its values when it is read', () => {
    const made: { name: string; registers?: unknown; collect: () => void; calls: unknown[] }[] = [];
    class Type {
      calls: unknown[] = [];
      constructor(config: object) {
        Object.assign(this, config);
        made.push(this as never);
      }
      reset(): void {
        this.calls.push('reset');
      }
      inc(labels: Record<string, string>, value: number): void {
        this.calls.push([Object.keys(labels).length, typeof value]);
      }
    }
    const registry = {};
    exportMetrics({ Counter: Type, Gauge: Type }, { registers: [registry] });

    expect(made.map(({ name }) => name)).toEqual(METRICS.map(({ name }) => name));
    expect(made[0]?.registers).toEqual([registry]);
    made[0]?.collect();
    expect(made[0]?.calls).toEqual(['reset', [1, 'number'], [1, 'number'], [1, 'number'], [1, 'number']]);
  });
});

describe('observeMetrics', () => {
  it('refuses what is no Meter', () => {
    expect(() => observeMetrics(undefined as never)).toThrow('observeMetrics: "meter" must be a Meter');
  });

  it('observes under names with dots until it is taken back', () => {
    const active = new Map<string, ObservableCallback>();
    const create = (name: string): { addCallback(c: ObservableCallback): void; removeCallback(): void } => ({
      addCallback: (callback) => void active.set(name, callback),
      removeCallback: () => void active.delete(name),
    });
    const stop = observeMetrics({ createObservableCounter: create, createObservableGauge: create });
    const seen: unknown[] = [];
    active.get('hindsight.records')?.({ observe: (_value, labels) => seen.push(labels) });

    expect(seen).toEqual(['passed', 'dumped', 'dropped', 'evicted'].map((outcome) => ({ outcome })));
    expect(active.size).toBe(METRICS.length);
    stop();
    expect(active.size).toBe(0);
  });
});
