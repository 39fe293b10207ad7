import { describe, expect, it } from 'vitest';
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
