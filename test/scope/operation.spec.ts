import { describe, expect, it } from 'vitest';
import { startOperation, type Operation } from '../../lib/scope/operation';
import type { LogScope } from '../../lib/scope/scope';
import { capturedStderr } from '../support/captured-stderr';
import { scopeTree, type ScopeTree } from './scope-tree';

function clockAt(start: number): { at: number; now(): number } {
  return {
    at: start,
    now() {
      return this.at;
    },
  };
}

function startIn(tree: ScopeTree, scope: LogScope, text = 'SELECT'): Operation {
  const operation = tree.runIn(scope, () => startOperation('db', () => text));
  if (operation === undefined) throw new Error('nothing was started');
  return operation;
}

describe('an operation', () => {
  it('becomes one DEBUG record when it ends, which a success drops', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const operation = startIn(tree, scope);
    operation.end('SELECT %d rows', [2]);
    operation.end('SELECT %d rows', [2]);
    expect(scope.held).toBe(1);
    scope.settle();

    expect(tree.messages).toEqual([]);
  });

  it('is in the dump at the place of its end', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const operation = startIn(tree, scope);
    tree.runIn(scope, () => tree.log.debug('before'));
    operation.end('SELECT %d rows', [2, { rows: 2 }]);
    tree.runIn(scope, () => tree.log.debug('after'));
    scope.dump('manual');

    expect(tree.messages).toEqual(['before', 'SELECT 2 rows', 'after']);
    const record = tree.target.records[1];
    expect([record?.name, record?.levelname, record?.extra]).toEqual(['db', 'DEBUG', { rows: 2 }]);
  });

  it('belongs to the scope that started it, not to the one that is current at its end', () => {
    const tree = scopeTree();
    const [first, second] = [tree.open(), tree.open()];
    const operation = startIn(tree, first);
    tree.runIn(second, () => operation.end('done', []));
    second.dump('manual');
    expect(tree.messages).toEqual([]);
    first.dump('manual');

    expect(tree.messages).toEqual(['done']);
  });

  it('is undefined outside scopes, and if its logger is above DEBUG', () => {
    const tree = scopeTree();
    tree.manager.getLogger('db').setLevel('INFO');

    expect(startOperation('db', () => 'SELECT')).toBeUndefined();
    expect(tree.run({}, () => startOperation('db', () => 'SELECT'))).toBeUndefined();
  });

  it('is mentioned at the end of a dump while it runs, with the time since its start', () => {
    const clock = clockAt(1000);
    const tree = scopeTree({ clock });
    const scope = tree.open();
    const operation = startIn(tree, scope, 'SELECT 1');
    tree.runIn(scope, () => tree.log.debug('before'));
    clock.at += 5003;
    scope.dump('slow');
    operation.end('SELECT 1 %d ms', [operation.elapsedMs]);

    expect(tree.messages).toEqual(['before', 'SELECT 1 pending since 5003 ms', 'SELECT 1 5003 ms']);
  });

  it('is mentioned in the dump of the scope around its own', () => {
    const tree = scopeTree({ clock: clockAt(0) });
    const outer = tree.open();
    const inner = tree.runIn(outer, () => tree.open({}, { parent: outer }));
    tree.runIn(inner, () => startOperation('db', () => 'SELECT 1'));
    inner.settle();
    outer.dump('slow');

    expect(tree.messages).toEqual(['SELECT 1 pending since 0 ms']);
  });

  it('is forgotten when its scope settles, and its record is then a late record', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const operation = startIn(tree, scope);
    scope.settle();
    operation.end('late', []);
    expect(tree.messages).toEqual([]);
    tree.runIn(scope, () => tree.log.error('broken'));

    expect(tree.messages).toEqual(['late', 'broken']);
  });

  it('is mentioned only for the first ones, as many as the capacity', () => {
    const tree = scopeTree({ clock: clockAt(0) });
    const scope = tree.open({ capacity: 2 });
    tree.runIn(scope, () => {
      for (const name of ['a', 'b', 'c']) startOperation('db', () => name);
    });
    scope.dump('manual');

    expect(tree.messages).toEqual(['a pending since 0 ms', 'b pending since 0 ms']);
  });

  it('does not dump again and again if its own record triggers a dump', () => {
    const tree = scopeTree({ clock: clockAt(0) });
    const scope = tree.open({ flushLevel: 'DEBUG', passThroughLevel: null, afterFlush: 'rearm' });
    tree.runIn(scope, () => startOperation('db', () => 'SELECT'));
    scope.dump('manual');

    expect(tree.messages).toEqual(['SELECT pending since 0 ms']);
  });

  it('does not break the dump if its description throws', () => {
    const tree = scopeTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      tree.log.debug('before');
      startOperation('db', () => {
        throw new Error('no text');
      });
    });
    const stderr = capturedStderr();
    scope.dump('manual');

    expect(tree.messages).toEqual(['before']);
    expect(stderr.text).toContain('the record of a running operation failed: Error: no text');
  });
});
