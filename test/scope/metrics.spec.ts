import { describe, expect, it } from 'vitest';
import { exportMetrics, observeMetrics, type ObservableCallback } from '../../lib/logging';
import { METRICS } from '../../lib/scope/metric-table';

describe('exportMetrics', () => {
  it('refuses what is not prom-client', () => {
    expect(() => exportMetrics({} as never)).toThrow('exportMetrics: takes the module prom-client');
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
    expect(() => observeMetrics(undefined as never)).toThrow('observeMetrics: takes a Meter');
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
