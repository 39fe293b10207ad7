/** What is written of running work when its handlers or the process end. */
import { describe, expect, it } from 'vitest';
import { dumpAtExit } from '../../lib/scope/crash';
import { currentScope } from '../../lib/scope/current';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { keepAbandoned, track, trackWeakly } from '../../lib/scope/live';
import type { LogScope } from '../../lib/scope/scope';
import { CollectingHandler } from '../../lib/testing';
import { until } from '../support/until';
import { scopedServer } from './http-server';
import { scopeTree, reasons, type ScopeTree } from './scope-tree';

/** A request of the tree that is running and holds one record. */
function running(tree: ScopeTree): LogScope {
  const scope = tree.open({}, { kind: 'http' });
  track(scope);
  tree.runIn(scope, () => tree.log.debug('held'));
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
    trackWeakly(scope);
    tree.runIn(scope, () => tree.log.debug('held'));

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

  it('writes nothing when it is closed again', () => {
    const tree = scopeTree();
    void tree.handler.close();
    const scope = running(tree);

    void tree.handler.close();

    expect(tree.messages).toEqual([]);
    scope.settle();
  });
});

describe('the exit of the process', () => {
  it('writes the work that ended it, with what is around it, and nothing of others', () => {
    const tree = scopeTree();
    const other = running(tree);
    const request = running(tree);
    tree.runIn(request, () => {
      void tree.run({}, async () => {
        tree.log.debug('in a call');
        dumpAtExit(currentScope());
      });
    });

    expect(tree.messages).toEqual(['in a call', 'held']);
    expect(reasons(tree.target.records)).toEqual(['exit', 'exit']);
    for (const scope of [other, request]) scope.settle();
  });

  it('writes what all requests hold when no running work has ended it', () => {
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

  it('writes what a request holds whose client has left and whose work goes on', () => {
    const tree = scopeTree();
    const scope = running(tree);
    keepAbandoned(scope);

    dumpAtExit(undefined);

    expect(reasons(tree.target.records)).toEqual(['exit']);
    scope.settle();
  });

  it('writes nothing of a request whose answer is out', async () => {
    const tree = scopeTree();
    const server = await scopedServer(tree, (_request, response) => {
      tree.log.debug('held');
      response.once('finish', () => dumpAtExit(currentScope()));
      response.end();
    });

    await server.get('/orders');
    await until(() => tree.messages.length > 0);

    expect(tree.messages).toEqual([expect.stringMatching(/^GET \/orders 200 /)]);
  });
});
