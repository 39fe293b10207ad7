/** A scope after its end: late records, late Errors, and the time for which it is kept. */
import { describe, expect, it } from 'vitest';
import { currentScope } from '../../lib/scope/current';
import { until } from '../support/until';
import { partsOfTree, reasons } from './scope-tree';

describe('A scope that has ended', () => {
  it('writes what it held when an ERROR is logged late', () => {
    const { run, log, target, tree } = partsOfTree();
    const scope = run({}, () => {
      log.debug('context');
      return currentScope();
    });
    tree.runIn(scope, () => log.error('late'));

    expect(target.messages).toEqual(['context', 'late']);
    expect(reasons(target.records)).toEqual(['level ERROR', undefined]);
  });

  it('writes what it held, and the Error, when it fails late', () => {
    const { run, log, target } = partsOfTree();
    const scope = run({}, () => {
      log.debug('context');
      return currentScope();
    });
    scope?.fail(new Error('floating'));

    expect(target.messages).toEqual(['context', 'call failed']);
    expect(reasons(target.records)).toEqual(['late error', undefined]);
  });

  it('judges a late Error by itself, whatever was answered before', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.fail(Object.assign(new Error('not found'), { status: 404 }));
    scope.settle({ status: 404 });
    scope.fail(new Error('late and real'));

    expect(target.messages).toEqual(['context', 'call failed']);
  });

  it('writes late records at once after a dump', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    scope.fail(new Error('boom'));
    scope.settle();
    tree.runIn(scope, () => tree.log.debug('late'));

    expect(target.messages).toEqual(['call failed', 'late']);
  });

  it('treats records like those outside any scope when its time is over', async () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ lingerMs: 5 });
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle();
    await until(() => scope.held === 0);
    tree.runIn(scope, () => {
      tree.log.debug('dropped');
      tree.log.info('written');
      tree.log.error('no dump');
    });

    expect(target.messages).toEqual(['written', 'no dump']);
  });

  it('keeps nothing with lingerMs 0', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open({ lingerMs: 0 });
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle();

    expect(scope.held).toBe(0);
    tree.runIn(scope, () => tree.log.error('late'));
    expect(target.messages).toEqual(['late']);
  });

  it('writes the late records of a success that held everything when its time is over', () => {
    const { tree, target } = partsOfTree();
    target.setLevel('INFO');
    const scope = tree.open({ passThroughLevel: null });
    scope.settle();
    tree.runIn(scope, () => {
      tree.log.debug('low');
      tree.log.info('late');
    });
    scope.expire();

    expect(target.messages).toEqual(['late']);
  });
});
