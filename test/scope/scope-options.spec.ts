/** Options of a scope at work: vetoes, slow and sampled scopes, those of a route, and force. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../lib/scope/scope';
import { until } from '../support/until';
import { partsOfTree, reasons, scopeTree } from './scope-tree';

describe('excludeStatus and excludeErrors', () => {
  it('let an ERROR wait until the status is known, and keep its scope quiet', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ excludeStatus: [404] });
    tree.runIn(scope, () => {
      tree.log.debug('context');
      tree.log.error('passes by itself');
    });
    expect(target.messages).toEqual(['passes by itself']);
    scope.settle({ status: 404 });

    expect(target.messages).toEqual(['passes by itself']);
  });

  it('let the ERROR that waited write what was held, when the status is another', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ excludeStatus: [404] });
    tree.runIn(scope, () => {
      tree.log.debug('context');
      tree.log.error('passes by itself');
    });
    scope.settle({ status: 200 });

    expect(target.messages).toEqual(['passes by itself', 'context']);
    expect(reasons(target.records)).toEqual([undefined, 'level ERROR']);
  });

  it('let nothing late undo what they decided', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ excludeStatus: [418] });
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle({ status: 418 });
    scope.fail(new Error('late'));
    tree.runIn(scope, () => tree.log.error('late, too'));

    expect(target.messages).toEqual(['late, too']);
  });

  it('keep a failing call quiet by the class of its Error', () => {
    const { run, log, target } = partsOfTree();
    expect(() =>
      run({ excludeErrors: [TypeError] }, () => {
        log.debug('context');
        throw new TypeError('expected');
      }),
    ).toThrow('expected');

    expect(target.messages).toEqual([]);
  });
});

describe('slowMs', () => {
  it('writes a scope while it runs, and then what follows', async () => {
    const { run, log, target } = partsOfTree();
    await run({ slowMs: 10 }, async () => {
      log.debug('context');
      await until(() => target.messages.length > 0);
      log.debug('after');
    });

    expect(target.messages).toEqual(['context', 'after']);
    expect(reasons(target.records)).toEqual(['slow', undefined]);
  });

  it('does not touch a scope that ends in time', () => {
    const { run, log, target } = partsOfTree();
    run({ slowMs: 60_000 }, () => log.debug('context'));

    expect(target.messages).toEqual([]);
  });
});

describe('sample', () => {
  const low = '4bf92f3577b34da6a3ce929d00000000';
  const high = '4bf92f3577b34da6a3ce929dffffffff';

  it('writes the successes that their trace ids pick', () => {
    const { run, log, target } = partsOfTree();
    run({ sample: 0.5, fields: { traceId: low } }, () => log.debug('low'));
    run({ sample: 0.5, fields: { traceId: high } }, () => log.debug('high'));

    expect(target.messages).toEqual(['low']);
    expect(reasons(target.records)).toEqual(['sampled']);
  });
});

describe('LogScope.configure', () => {
  it('takes over the options of a route', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    scope.configure({ flushLevel: 'WARNING' });
    tree.runIn(scope, () => {
      tree.log.debug('context');
      tree.log.warning('trigger');
    });

    expect(target.messages).toEqual(['context', 'trigger']);
  });

  it('throws away what is held, and holds nothing more, with false', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      tree.log.debug('before');
      scope.configure(false);
      tree.log.debug('after');
      tree.log.info('passes');
      tree.log.error('no trigger');
    });
    scope.settle({ status: 500 });

    expect(target.messages).toEqual(['passes', 'no trigger']);
  });

  it("writes decorated work only with routes 'decorated'", () => {
    const { tree, target } = partsOfTree();
    const undecorated = tree.open({ routes: 'decorated' }, { kind: 'http' });
    const decorated = tree.open({ routes: 'decorated' }, { kind: 'http' });
    decorated.configure({});
    for (const [scope, message] of [
      [undecorated, 'undecorated'],
      [decorated, 'decorated'],
    ] as const) {
      tree.runIn(scope, () => tree.log.debug(message));
      scope.settle({ status: 500 });
    }

    expect(target.messages).toEqual(['decorated']);
  });

  it.each<[string, (scope: LogScope) => unknown]>([
    ['that is slow', () => wait(20)],
    ['that fails after its end', (scope) => (scope.settle(), scope.fail(new Error('late')))],
    ['with a rejection that the process survives', (scope) => scope.crash(new Error('floating'), false)],
  ])("writes no undecorated work %s, with routes 'decorated'", async (_what, happens) => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ routes: 'decorated', slowMs: 5 }, { kind: 'http' });
    tree.runIn(scope, () => tree.log.debug('held'));
    await happens(scope);
    scope.settle();

    expect(target.messages).toEqual([]);
  });

  it("does not write what undecorated work held when it logs at ERROR, with routes 'decorated'", () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ routes: 'decorated' }, { kind: 'http' });
    tree.runIn(scope, () => {
      tree.log.debug('held');
      tree.log.error('passes by itself');
    });
    scope.settle({ status: 500 });

    expect(target.messages).toEqual(['passes by itself']);
  });

  it("writes undecorated work that ends the process, with routes 'decorated'", () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ routes: 'decorated' }, { kind: 'http' });
    tree.runIn(scope, () => tree.log.debug('held'));
    scope.crash(new Error('boom'), true);

    expect(target.messages).toEqual(['held', 'http failed']);
    scope.settle();
  });

  it('applies a smaller capacity to what is held already', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      for (let i = 1; i <= 10; i++) tree.log.debug(`early ${i}`);
      scope.configure({ capacity: 2, keepFirst: 1 });
      tree.log.debug('newest');
    });
    scope.dump('manual');

    expect(target.messages).toEqual(['early 1', '9 records are missing here: the scope was full', 'newest']);
  });
});

describe('LogScope.force', () => {
  it('writes what is held and everything from then on', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      tree.log.debug('before');
      scope.force('forced');
      tree.log.debug('after');
    });

    expect(target.messages).toEqual(['before', 'after']);
    expect(reasons(target.records)).toEqual(['forced', undefined]);
  });

  it("holds nothing with afterFlush 'rearm' either", () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ afterFlush: 'rearm' });
    scope.force('forced');
    tree.runIn(scope, () => tree.log.debug('after'));

    expect(target.messages).toEqual(['after']);
  });
});

describe('capacity', () => {
  it.each([
    [0, ['3 records are missing here: the scope was full']],
    [1, ['2 records are missing here: the scope was full', 'record 3']],
    [2, ['record 1', '1 records are missing here: the scope was full', 'record 3']],
    [3, ['record 1', 'record 2', 'record 3']],
  ])('holds exactly %d records with that capacity', (capacity, expected) => {
    const tree = scopeTree();
    tree.run({ capacity }, () => {
      for (let i = 1; i <= 3; i++) tree.log.debug(`record ${i}`);
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual([...expected, 'trigger']);
  });

  it.each([[-1], [Number.NaN], [Infinity], [0.5]])('refuses a capacity of %d', (capacity) => {
    expect(() => scopeTree().run({ capacity }, () => {})).toThrow(
      '"capacity" must be a non-negative integer',
    );
  });
});
