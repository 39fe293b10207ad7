/** The scopes that are open or kept for a while, and the limit on what all of them hold. */
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../lib/scope/scope';
import { stats } from '../../lib/scope/counts';
import { keepAbandoned, liveScopes, track, trackWeakly } from '../../lib/scope/live';
import { until } from '../support/until';
import { scopeTree } from './scope-tree';

const tree = scopeTree();

function logIn(scope: LogScope, count: number): void {
  tree.runIn(scope, () => {
    for (let i = 1; i <= count; i++) tree.log.debug(`${scope.id} ${i}`);
  });
}

describe('liveScopes', () => {
  it('has a request until it is settled', () => {
    const scope = tree.open({}, { kind: 'http' });
    track(scope);

    expect(liveScopes()).toContain(scope);
    scope.settle();
    expect(liveScopes()).not.toContain(scope);
  });

  it('has work that may never end, as long as it runs', () => {
    const scope = tree.open({}, { kind: 'rpc' });
    trackWeakly(scope);

    expect(liveScopes()).toContain(scope);
    scope.settle();
    expect(liveScopes()).not.toContain(scope);
  });

  it('has a request whose client has left and whose work goes on', () => {
    const scope = tree.open({}, { kind: 'http' });
    track(scope);
    keepAbandoned(scope);

    expect(liveScopes().filter((each) => each === scope)).toHaveLength(1);
    scope.giveUp();
    expect(liveScopes()).not.toContain(scope);
  });

  it('has no scope that takes in much after its end', () => {
    const scope = tree.open({ lingerMs: 0 });
    scope.settle();
    const kept = tree.open();
    kept.settle();
    logIn(kept, 600);

    expect(liveScopes()).not.toContain(kept);
    kept.discard();
  });

  it('has a scope that holds much until it is settled', () => {
    const scope = tree.open();
    logIn(scope, 600);
    expect(liveScopes()).toContain(scope);
    scope.settle();

    expect(liveScopes()).not.toContain(scope);
  });
});

describe('totalCapacity', () => {
  it('evicts from the fullest scope when all together hold too much', () => {
    const options = { totalCapacity: stats().records.held + 100, keepFirst: 0 };
    const full = tree.open(options);
    const small = tree.open(options);
    logIn(full, 80);
    logIn(small, 30);

    expect({ full: full.held, small: small.held }).toEqual({ full: 70, small: 30 });
    for (const scope of [full, small]) scope.discard();
  });

  it('never holds more than the limit, first records included', () => {
    const limit = stats().records.held + 50;
    const scopes = Array.from({ length: 30 }, () => tree.open({ totalCapacity: limit }));
    for (let round = 0; round < 30; round++) {
      for (const scope of scopes) {
        logIn(scope, 1);
        expect(stats().records.held).toBeLessThanOrEqual(limit);
      }
    }
    for (const scope of scopes) scope.discard();
  });

  it('holds nothing with totalCapacity 0', () => {
    const scope = tree.open({ totalCapacity: 0 });
    logIn(scope, 3);

    expect(scope.held).toBe(0);
  });

  it('evicts from another scope when the fullest has only first records left', () => {
    const limit = stats().records.held + 60;
    const firstOnly = tree.open({ totalCapacity: limit, capacity: 40, keepFirst: 40 });
    const ring = tree.open({ totalCapacity: limit, capacity: 40, keepFirst: 0 });
    logIn(firstOnly, 40);
    logIn(ring, 40);

    expect(stats().records.held).toBeLessThanOrEqual(limit);
    expect(ring.held).toBe(20);
    for (const scope of [firstOnly, ring]) scope.discard();
  });

  it('marks the gap that another scope made', () => {
    const limit = stats().records.held + 10;
    const first = tree.open({ totalCapacity: limit, keepFirst: 1 });
    const second = tree.open({ totalCapacity: limit, keepFirst: 1 });
    tree.target.clear();
    logIn(first, 10);
    logIn(second, 3);
    first.dump('manual');

    expect(tree.messages).toHaveLength(8);
    expect(tree.messages[1]).toBe('3 records are missing here: the scope was full');
    second.discard();
  });
});

describe('the time after the end of a scope', () => {
  it('ends a scope with a short `lingerMs` in time after one with a long `lingerMs`', async () => {
    const long = tree.open({ lingerMs: 60_000 });
    const short = tree.open({ lingerMs: 5 });
    for (const scope of [long, short]) {
      logIn(scope, 1);
      scope.settle();
    }

    await until(() => short.held === 0, { timeoutMs: 1000 });
    expect(long.held).toBe(1);
    long.discard();
  });

  it('holds at most 1000 records for scopes that have ended', () => {
    const scopes = Array.from({ length: 30 }, () => tree.open());
    const before = stats().records.held;
    for (const scope of scopes) {
      logIn(scope, 100);
      scope.settle();
    }

    expect(stats().records.held - before).toBeLessThanOrEqual(1000);
    expect(scopes.at(-1)?.held).toBe(100);
    expect(scopes[0]?.held).toBe(0);
  });

  it('keeps scopes after their end in spite of late records, dumps and evictions', () => {
    for (let i = 0; i < 50; i++) {
      const scope = tree.open({ totalCapacity: i % 5 === 0 ? stats().records.held + 30 : 200_000 });
      logIn(scope, 60);
      scope.settle();
      logIn(scope, 60);
      if (i % 3 === 0) scope.dump('manual');
      if (i % 7 === 0) scope.discard();
    }
    for (let i = 0; i < 20_100; i++) tree.open().settle();
    const last = tree.open();
    logIn(last, 1900);
    last.settle();

    expect(last.held).toBe(1000);
  });
});
