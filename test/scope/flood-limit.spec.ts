/** Flood control: what is written when everything fails at once, and that the counts add up. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureKind } from '../../lib/scope/flood-limit';
import { stats } from '../../lib/scope/counts';
import { fail, Timeout, times } from './floods';
import { scopeTree, type ScopeTree } from './scope-tree';

describe('maxDumpsPerSecond', () => {
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

  it('sums up what was not written: one record for each kind of Error, with exact counts', () => {
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

  it('fills up again with time, and no further than what one second allows', () => {
    const tree = scopeTree();
    times(50, () => fail(tree));
    const written = [500, 60_000, 0].map((ms) => {
      vi.advanceTimersByTime(ms);
      tree.target.clear();
      times(50, () => fail(tree));
      return tree.messages.filter((message) => message === 'call failed').length;
    });

    expect(written).toEqual([10, 20, 0]);
  });

  it('takes a share of a second as one dump in so many seconds', () => {
    const tree = scopeTree();
    const options = { maxDumpsPerSecond: 0.1 };
    const written = [0, 9000, 1001].map((ms) => {
      vi.advanceTimersByTime(ms);
      tree.target.clear();
      times(5, () => fail(tree, new Timeout('late'), options));
      return tree.messages.filter((message) => message === 'call failed').length;
    });

    expect(written).toEqual([1, 0, 1]);
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

  it('writes of a scope that is only counted what passes through, and nothing of what was held', () => {
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

  it('counts a failure once that passes through scopes inside one another', () => {
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
    const dump = ['first', 'second', 'call failed', 'outer', 'gave up'];
    expect(tree.messages.slice(0, 100)).toEqual(Array.from({ length: 20 }, () => dump).flat());
  });

  it('limits late Errors of scopes that hold nothing any more', () => {
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

  it('counts the records of a scope that is only counted as dropped', () => {
    const before = stats().records;
    const tree = scopeTree();
    times(120, () => fail(tree));
    const { dumped, dropped } = stats().records;

    expect(dumped - before.dumped).toBe(40);
    expect(dropped - before.dropped).toBe(200);
  });

  it('gives each tree its own limit', () => {
    const [one, other] = [scopeTree(), scopeTree()];
    times(50, () => fail(one));
    times(50, () => fail(other));

    expect(other.messages).toHaveLength(20 * 3);
  });

  it('writes its summary when the handler is flushed', () => {
    const tree = scopeTree();
    times(21, () => fail(tree));
    void tree.handler.flush();

    expect(tree.messages.at(-1)).toBe('Timeout: 1 more failures, whose 2 records are not written');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('distinguishes at most 50 kinds of failure', () => {
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
