/** Flood control: what is written when everything fails at once, and that the counts add up. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureKind } from '../../lib/scope/dump-limit';
import type { LogScopeOptions } from '../../lib/scope/scope-options';
import type { Settlement } from '../../lib/scope/scope-outcome';
import { stats } from '../../lib/scope/scope-registry';
import { scopeTree, type ScopeTree } from './scope-tree';

class Timeout extends Error {}

/** One failing call with two held records. */
function fail(tree: ScopeTree, error: unknown = new Timeout('late'), options = {}): void {
  try {
    tree.run(options, () => {
      tree.log.debug('first');
      tree.log.debug('second');
      throw error;
    });
  } catch {
    // The failure is the point.
  }
}

function times(count: number, work: (index: number) => void): void {
  for (let i = 0; i < count; i++) work(i);
}

describe('DumpLimit', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes 20 failing scopes a second by default, each with its context and its Error', () => {
    const tree = scopeTree();
    times(1000, () => fail(tree));

    expect(tree.messages).toHaveLength(20 * 3);
    expect(tree.messages.slice(0, 3)).toEqual(['first', 'second', 'call failed']);
  });

  it('sums up what it left out, one record for each kind of error, with exact counts', () => {
    const tree = scopeTree();
    times(100, () => fail(tree, new Timeout('late')));
    times(30, () => fail(tree, new TypeError('no')));
    times(5, () => fail(tree, 'a string'));
    const before = tree.messages.length;
    vi.advanceTimersByTime(5000);

    expect(tree.messages.slice(before)).toEqual([
      'Timeout: 80 more failures, whose 160 records are not written',
      'TypeError: 30 more failures, whose 60 records are not written',
      'a thrown string: 5 more failures, whose 10 records are not written',
    ]);
    expect(tree.target.records.at(-1)?.extra).toEqual({
      flood: { error: 'a thrown string', failures: 5, records: 10 },
    });
  });

  it('says nothing more when the flood is over', () => {
    const tree = scopeTree();
    times(30, () => fail(tree));
    vi.advanceTimersByTime(5000);
    const after = tree.messages.length;
    vi.advanceTimersByTime(60_000);

    expect(tree.messages).toHaveLength(after);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on writing as many a second as are allowed', () => {
    const tree = scopeTree();
    times(10, () => {
      times(50, () => fail(tree, new Timeout('late'), { maxDumpsPerSecond: 5 }));
      vi.advanceTimersByTime(1000);
    });

    expect(tree.messages.filter((message) => message === 'call failed')).toHaveLength(50);
  });

  it('takes a share of a second as one dump in so many seconds', () => {
    const tree = scopeTree();
    times(20, () => {
      fail(tree, new Timeout('late'), { maxDumpsPerSecond: 0.1 });
      vi.advanceTimersByTime(1000);
    });

    expect(tree.messages.filter((message) => message === 'call failed')).toHaveLength(2);
  });

  it('never limits with false', () => {
    const tree = scopeTree();
    times(1000, () => fail(tree, new Timeout('late'), { maxDumpsPerSecond: false }));

    expect(tree.messages).toHaveLength(3000);
  });

  it('limits the text of dumps to about 4 MiB a second', () => {
    const tree = scopeTree();
    const text = 'x'.repeat(1024 * 1024);
    const failBig = (): void => {
      try {
        tree.run({ maxDumpsPerSecond: 1000, maxRecordBytes: 2_000_000 }, () => {
          tree.log.debug('%s', text);
          throw new Timeout('late');
        });
      } catch {
        // The failure is the point.
      }
    };
    times(50, failBig);

    expect(tree.messages.filter((message) => message === text)).toHaveLength(4);
  });

  it('never limits what is dumped by hand or forced', () => {
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

  it('writes a crash whatever failed before it', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    const scope = tree.open();
    tree.runIn(scope, () => tree.log.debug('the last thing'));
    scope.crash(new Error('end'), true);

    expect(tree.messages.slice(before)).toEqual(['the last thing', 'call failed']);
  });

  it('writes the Error of a crash in a scope that is long over, whatever failed before it', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const before = tree.messages.length;
    const scope = tree.open({ lingerMs: 0 });
    scope.settle();
    scope.crash(new Error('end'), true);

    expect(tree.messages.slice(before)).toEqual(['call failed']);
  });

  it('limits rejections that the application goes on after, apart from the other failures', () => {
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

  it('writes what passes through in a scope that it leaves out, and nothing of what was held', () => {
    const tree = scopeTree();
    times(20, () => fail(tree));
    const before = tree.messages.length;
    try {
      tree.run({}, () => {
        tree.log.info('as without us');
        tree.log.debug('held');
        tree.log.error('the trigger');
        tree.log.debug('after it');
        throw new Timeout('late');
      });
    } catch {
      // The failure is the point.
    }

    expect(tree.messages.slice(before)).toEqual(['as without us', 'the trigger']);
  });

  it('writes by level what a scope without pass-through held', () => {
    const tree = scopeTree();
    tree.target.setLevel('INFO');
    times(20, () => fail(tree));
    const before = tree.messages.length;
    try {
      tree.run({ passThroughLevel: null }, () => {
        tree.log.debug('below the target');
        tree.log.info('held');
        tree.log.error('the trigger');
        throw new Timeout('late');
      });
    } catch {
      // The failure is the point.
    }

    expect(tree.messages.slice(before)).toEqual(['held', 'the trigger']);
  });

  it('counts a failure once on its way through scopes inside one another', () => {
    const tree = scopeTree();
    const nested = (depth: number): void => {
      tree.run({ maxDumpsPerSecond: 1 }, () => {
        tree.log.debug('depth %d', depth);
        if (depth === 0) throw new Timeout('late');
        nested(depth - 1);
      });
    };
    expect(() => nested(5)).toThrow('late');
    expect(tree.messages).toHaveLength(7);

    const flooded = stats().scopes.flooded;
    expect(() => nested(5)).toThrow('late');
    expect(tree.messages).toHaveLength(7);
    expect(stats().scopes.flooded).toBe(flooded + 1);
  });

  it('counts a failure once that an outer scope catches and logs', () => {
    const tree = scopeTree();
    const flooded = stats().scopes.flooded;
    times(50, () =>
      tree.run({}, () => {
        const error = new Timeout('late');
        tree.log.debug('outer');
        fail(tree, error);
        tree.log.error('gave up', error);
      }),
    );

    expect(stats().scopes.flooded).toBe(flooded + 30);
    const story = ['first', 'second', 'call failed', 'outer', 'gave up'];
    expect(tree.messages.slice(0, 100)).toEqual(Array.from({ length: 20 }, () => story).flat());
  });

  it('limits Errors that come when nothing is held any more', () => {
    const tree = scopeTree();
    const flooded = stats().scopes.flooded;
    times(50, () => {
      const scope = tree.open({ lingerMs: 0 });
      scope.settle();
      scope.fail(new Timeout('late'));
    });
    vi.advanceTimersByTime(5000);

    expect(tree.messages.filter((message) => message === 'call failed')).toHaveLength(20);
    expect(tree.messages.at(-1)).toBe('Timeout: 30 more failures, whose 0 records are not written');
    expect(stats().scopes.flooded).toBe(flooded + 30);
  });

  it.each<readonly [string, (tree: ScopeTree, error: Error) => void]>([
    ['behind the message', (tree, error) => tree.log.error('gave up', error)],
    ['as the message', (tree, error) => tree.log.error(error)],
    ['in a field', (tree, error) => tree.log.error('gave up', { err: error })],
    ['as excInfo', (tree, error) => tree.log.error('gave up', { excInfo: error })],
  ])('sums up a logged failure by the class of its Error: %s', (_where, write) => {
    const tree = scopeTree();
    times(50, () => {
      tree.run({}, () => {
        tree.log.debug('held');
        write(tree, new Timeout('late'));
      });
    });
    vi.advanceTimersByTime(5000);

    expect(tree.messages.at(-1)).toBe('Timeout: 30 more failures, whose 30 records are not written');
  });

  it('keeps the sum of the counts: what is left out is dropped', () => {
    const before = stats().records;
    const tree = scopeTree();
    times(120, () => fail(tree));
    const { dumped, dropped } = stats().records;

    expect(dumped - before.dumped).toBe(40);
    expect(dropped - before.dropped).toBe(200);
  });

  describe('of what did not fail', () => {
    const failures = (tree: ScopeTree): number =>
      tree.messages.filter((message) => message === 'call failed').length;
    const succeed = (tree: ScopeTree, options: LogScopeOptions, settlement: Settlement = {}): void => {
      const scope = tree.open(options);
      tree.runIn(scope, () => tree.log.debug('picked'));
      scope.settle(settlement);
    };

    it.each<[string, LogScopeOptions, Settlement]>([
      ['sampled', { sample: 1 }, {}],
      ['aborted', { onAbort: 'dump' }, { aborted: true }],
    ])(
      'takes no place of a failure, and is limited and counted by itself: %s',
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

    it('takes none of the failures, however many traces a client picks', () => {
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

    it('takes none of the bytes of failures', () => {
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

    it('is still written where it is slow, was not written for that, and then fails', () => {
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

    it('leaves its place to a success where failures have used up theirs', () => {
      const tree = scopeTree();
      times(50, () => fail(tree));
      const before = tree.messages.length;
      succeed(tree, { sample: 1 });

      expect(tree.messages.slice(before)).toEqual(['picked']);
    });
  });

  it('gives each tree its own limit', () => {
    const [one, other] = [scopeTree(), scopeTree()];
    times(50, () => fail(one));
    times(50, () => fail(other));

    expect(other.messages).toHaveLength(20 * 3);
  });

  it('sums up at a flush what waits for its time', () => {
    const tree = scopeTree();
    times(21, () => fail(tree));
    void tree.handler.flush();

    expect(tree.messages.at(-1)).toBe('Timeout: 1 more failures, whose 2 records are not written');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells at most 50 kinds of failure apart', () => {
    const tree = scopeTree();
    times(20, () => fail(tree));
    times(200, (index) => {
      fail(
        tree,
        new ({ [`Kind${index}`]: class extends Error {} }[`Kind${index}`] as typeof Error)('generated'),
      );
    });
    const before = tree.messages.length;
    vi.advanceTimersByTime(5000);

    expect(tree.messages.slice(before)).toHaveLength(51);
    expect(tree.messages.at(-1)).toBe('other errors: 150 more failures, whose 300 records are not written');
  });
});

describe('failureKind', () => {
  it('is the class of an Error, the type of anything else that was thrown, or the reason', () => {
    expect(failureKind('error', new Timeout('late'))).toBe('Timeout');
    expect(failureKind('error', 42)).toBe('a thrown number');
    expect(failureKind('status 503', undefined)).toBe('status 503');
  });
});
