/** The counts of scopes and records: they add up, whatever becomes of a record. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEBUG, ERROR } from '../../lib/core/level';
import { globalState } from '../../lib/internal/global-state';
import { counts, stats } from '../../lib/scope/counts';
import { scopeTree } from './scope-tree';

describe('stats', () => {
  it('counts every record as passed, dumped, dropped or held', () => {
    const before = stats().records;
    const tree = scopeTree();
    tree.target.setLevel('WARNING');
    let logged = 0;
    for (let i = 0; i < 40; i++) {
      const scope = tree.open({ capacity: 4, lingerMs: i % 2 === 0 ? 0 : 1000 });
      tree.runIn(scope, () => {
        for (const level of [DEBUG, 20, DEBUG, 30, DEBUG, DEBUG, DEBUG, i % 3 === 0 ? ERROR : DEBUG, DEBUG]) {
          tree.log.log(level, 'record');
          logged++;
        }
      });
      if (i % 5 !== 0) scope.settle();
    }

    const { passed, dumped, dropped, held } = stats().records;
    const now = passed + dumped + dropped + held;
    expect(now - (before.passed + before.dumped + before.dropped + before.held)).toBe(logged);
  });

  it('counts what became of each record of a scope', () => {
    const before = stats().records;
    const tree = scopeTree();
    const scope = tree.open({ capacity: 2 });
    tree.runIn(scope, () => {
      for (let i = 0; i < 5; i++) tree.log.debug('record');
      tree.log.info('passes');
    });
    expect(stats().records).toMatchObject({
      passed: before.passed + 1,
      dropped: before.dropped + 3,
      evicted: before.evicted + 3,
      held: before.held + 2,
    });
    scope.dump('manual');
    scope.settle();

    expect(stats().records).toMatchObject({ dumped: before.dumped + 2, held: before.held });
  });

  it('counts every scope as settled or live', () => {
    const tree = scopeTree();
    const before = stats().scopes;
    const scopes = Array.from({ length: 5 }, () => tree.open());
    for (const scope of scopes.slice(2)) scope.settle();

    const { opened, settled, live } = stats().scopes;
    expect(opened).toBe(before.opened + 5);
    expect(opened).toBe(settled + live);
    expect(live - before.live).toBe(2);
    for (const scope of scopes) scope.settle();
    expect(stats().scopes.live).toBe(before.live);
  });

  it('counts a scope that is dumped again and again as one dump', () => {
    const before = stats().scopes.dumps;
    const tree = scopeTree();
    const scope = tree.open({ afterFlush: 'rearm' });
    for (let i = 0; i < 3; i++) scope.dump('manual');

    expect(stats().scopes.dumps).toBe(before + 1);
    scope.settle();
  });

  it('adds up the counts of all copies of the package in the process', () => {
    const copies = globalState('scope-counts', () => new Set<Readonly<typeof counts>>());
    const before = stats();
    const other = { ...counts, opened: 5, settled: 3, held: 7 };
    copies.add(other);
    onTestFinished(() => void copies.delete(other));

    expect(stats().scopes).toMatchObject({
      opened: before.scopes.opened + 5,
      settled: before.scopes.settled + 3,
      live: before.scopes.live + 2,
    });
    expect(stats().records.held).toBe(before.records.held + 7);
  });
});
