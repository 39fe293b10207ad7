/** What the limit on dumps of failures does not touch: crashes, forced dumps, and scopes that did not fail. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stats } from '../../lib/scope/counts';
import type { LogScopeOptions } from '../../lib/scope/options';
import type { Settlement } from '../../lib/scope/outcome';
import { fail, Timeout, times } from './floods';
import { scopeTree, type ScopeTree } from './scope-tree';

function failures(tree: ScopeTree): number {
  return tree.messages.filter((message) => message === 'call failed').length;
}

function succeed(tree: ScopeTree, options: LogScopeOptions, settlement: Settlement = {}): void {
  const scope = tree.open(options);
  tree.runIn(scope, () => tree.log.debug('picked'));
  scope.settle(settlement);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the limit on failures', () => {
  it('is not applied to what is dumped by hand or forced', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    const manual = tree.open();
    const forced = tree.open();
    forced.force('forced');
    manual.dump('manual');

    times(30, () => {
      const scope = tree.open();
      tree.runIn(scope, () => tree.log.debug('wanted'));
      scope.dump('manual');
    });

    expect(tree.messages.slice(before)).toEqual(Array.from({ length: 30 }, () => 'wanted'));
  });

  it('does not keep a crash from being written, whatever failed before it', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    const scope = tree.open();
    tree.runIn(scope, () => tree.log.debug('the last thing'));
    scope.crash(new Error('end'), true);

    expect(tree.messages.slice(before)).toEqual(['the last thing', 'call failed']);
  });

  it('does not keep the Error of a crash from being written in a scope that is long over', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    const scope = tree.open({ lingerMs: 0 });
    scope.settle();
    scope.crash(new Error('end'), true);

    expect(tree.messages.slice(before)).toEqual(['call failed']);
  });

  it('counts rejections that the process survives apart from the other failures', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    times(50, () => {
      const scope = tree.open();
      tree.runIn(scope, () => tree.log.debug('held'));
      scope.crash(new TypeError('nobody handled it'), false);
      scope.settle();
    });
    const written = tree.messages.slice(before);
    vi.advanceTimersByTime(5000);

    expect(written).toEqual(Array.from({ length: 20 }, () => ['held', 'call failed']).flat());
    expect(tree.messages.at(-1)).toBe('TypeError: 30 more failures, whose 30 records are not written');
  });
});

describe('the limit on scopes that did not fail', () => {
  it.each<[string, LogScopeOptions, Settlement]>([
    ['sampled', { sample: 1 }, {}],
    ['aborted', { onAbort: 'dump' }, { aborted: true }],
  ])(
    'takes no place of a failure, and has counts and a summary of its own: %s',
    (reason, options, settlement) => {
      const tree = scopeTree();
      const before = stats().scopes;
      times(50, () => succeed(tree, options, settlement));
      expect(tree.messages).toEqual(Array.from({ length: 20 }, () => 'picked'));
      times(50, () => fail(tree));

      expect(failures(tree)).toBe(20);
      expect(stats().scopes).toMatchObject({ skipped: before.skipped + 30, flooded: before.flooded + 30 });
      vi.advanceTimersByTime(5000);
      expect(tree.messages.at(-1)).toBe(`${reason}: 30 more scopes are not written for this reason`);
      expect(tree.target.records.at(-1)).toMatchObject({
        levelname: 'INFO',
        extra: { skipped: { reason, scopes: 30 } },
      });
    },
  );

  it('takes no place of a failure, however many traces a client picks', () => {
    const tree = scopeTree();
    const picked = { traceId: '4bf92f3577b34da6a3ce929d00000000' };
    times(20, () => {
      times(100, () => {
        const scope = tree.open({ sample: 0.01 }, { fields: picked });
        tree.runIn(scope, () => tree.log.debug('picked'));
        scope.settle();
      });
      fail(tree);
      vi.advanceTimersByTime(50);
    });

    expect(failures(tree)).toBe(20);
  });

  it('takes none of the bytes that failures may write', () => {
    const tree = scopeTree();
    const text = 'x'.repeat(1024 * 1024);
    times(10, () => {
      const scope = tree.open({ sample: 1, maxRecordBytes: 2_000_000 });
      tree.runIn(scope, () => tree.log.debug('%s', text));
      scope.settle();
    });
    fail(tree);

    expect(tree.messages.filter((message) => message === text)).toHaveLength(4);
    expect(failures(tree)).toBe(1);
  });

  it('does not touch a slow scope that was not written and then fails', () => {
    const tree = scopeTree();
    const slow = Array.from({ length: 21 }, () => {
      const scope = tree.open({ slowMs: 100 });
      tree.runIn(scope, () => tree.log.debug('slow'));
      return scope;
    });
    vi.advanceTimersByTime(100);
    expect(tree.messages).toHaveLength(20);
    slow.at(-1)?.fail(new Timeout('late'));
    slow.at(-1)?.settle();

    expect(tree.messages.slice(20)).toEqual(['slow', 'call failed']);
  });

  it('leaves room for a success when failures have used up theirs', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    succeed(tree, { sample: 1 });

    expect(tree.messages.slice(before)).toEqual(['picked']);
  });
});
