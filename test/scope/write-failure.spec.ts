import { describe, expect, it } from 'vitest';
import { writeFailure } from '../../lib/scope/write-failure';
import { scopeTree } from './scope-tree';

describe('writeFailure', () => {
  it('writes an Error once, also when it is written in a scope inside first', () => {
    const tree = scopeTree();
    const outer = tree.open();
    const inner = tree.runIn(outer, () => tree.open({}, { title: () => 'inner' }));
    const error = new Error('boom');

    for (const scope of [inner, inner, inner]) writeFailure(scope, error);

    expect(tree.messages).toEqual(['inner failed']);
    expect(tree.target.records[0]?.excInfo).toBe(error);
    outer.settle();
  });

  it('writes nothing without an Error, nor one that was logged', () => {
    const tree = scopeTree();
    const scope = tree.open();
    const error = new Error('logged');
    tree.runIn(scope, () => tree.log.info('told', error));

    writeFailure(scope, undefined);
    writeFailure(scope, error);

    expect(tree.messages).toHaveLength(1);
  });
});
