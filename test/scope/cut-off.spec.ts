import { describe, expect, it } from 'vitest';
import { dumpAtExit } from '../../lib/scope/cut-off';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import type { LogScope } from '../../lib/scope/log-scope';
import { contextStorage } from '../../lib/core/record-context';
import { scopeRegistry } from '../../lib/scope/scope-registry';
import { CollectingHandler } from '../../lib/testing';
import { scopeTree, reasons, type ScopeTree } from './scope-tree';

/** A request of the tree that is running and holds one record. */
function running(tree: ScopeTree): LogScope {
  const scope = tree.open({}, { kind: 'http' });
  scopeRegistry.track(scope);
  contextStorage.run(scope, () => tree.log.debug('held'));
  return scope;
}

describe('a HindsightHandler that is closed', () => {
  it('writes what the requests of its tree hold that are still running', () => {
    const tree = scopeTree();
    const scope = running(tree);

    void tree.handler.close();

    expect(tree.messages).toEqual(['held']);
    expect(reasons(tree.target.records)).toEqual(['shutdown']);
    scope.settle();
  });

  it('writes what messages hold that are still being handled', () => {
    const tree = scopeTree();
    const scope = tree.open({}, { kind: 'rpc' });
    scopeRegistry.trackWeakly(scope);
    contextStorage.run(scope, () => tree.log.debug('held'));

    void tree.handler.close();

    expect(tree.messages).toEqual(['held']);
    scope.settle();
  });

  it('leaves the requests of another tree alone, and those that have ended', () => {
    const [mine, other] = [scopeTree(), scopeTree()];
    const scope = running(other);
    running(mine).settle();

    void mine.handler.close();
    void new HindsightHandler(new CollectingHandler()).close();

    expect([mine.messages, other.messages]).toEqual([[], []]);
    scope.settle();
  });

  it('does so once', () => {
    const tree = scopeTree();
    void tree.handler.close();
    const scope = running(tree);

    void tree.handler.close();

    expect(tree.messages).toEqual([]);
    scope.settle();
  });
});

describe('the exit of the process', () => {
  it('writes what the work holds that ended it, and what is around it, and nothing of others', () => {
    const tree = scopeTree();
    const other = running(tree);
    const request = running(tree);
    tree.runIn(request, () => {
      void tree.run({}, async () => {
        tree.log.debug('in a call');
        dumpAtExit(contextStorage.getStore() as LogScope);
      });
    });

    expect(tree.messages).toEqual(['in a call', 'held']);
    expect(reasons(tree.target.records)).toEqual(['exit', 'exit']);
    for (const scope of [other, request]) scope.settle();
  });

  it('writes what all requests hold where it comes from outside, or from one that has succeeded', () => {
    const tree = scopeTree();
    const succeeded = running(tree);
    succeeded.settle();
    for (const from of [undefined, succeeded]) {
      const scope = running(tree);
      dumpAtExit(from);
      scope.settle();
    }

    expect(reasons(tree.target.records)).toEqual(['exit', 'exit']);
  });

  it('writes nothing of others after a crash of work that had succeeded', () => {
    const tree = scopeTree();
    const scope = running(tree);
    const crashed = running(tree);
    crashed.settle();
    crashed.crash(new Error('late'), true);
    tree.target.clear();

    dumpAtExit(crashed);

    expect(tree.messages).toEqual([]);
    scope.settle();
  });

  it('writes nothing twice', () => {
    const tree = scopeTree();
    const scope = running(tree);
    scope.dump('manual');

    dumpAtExit(scope);
    dumpAtExit(undefined);

    expect(reasons(tree.target.records)).toEqual(['manual']);
    scope.settle();
  });

  it('settles what is only waiting for its end', () => {
    const tree = scopeTree();
    const scope = running(tree);
    scope.onExit = () => scope.settle();

    dumpAtExit(undefined);

    expect(tree.messages).toEqual([]);
    expect(scope.settled).toBe(true);
  });
});
