import { describe, expect, it } from 'vitest';
import { stats } from '../../lib/logging';
import { METRICS } from '../../lib/scope/metric-table';
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
