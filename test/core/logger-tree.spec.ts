import { describe, expect, it } from 'vitest';
import { DEBUG, ERROR, INFO, NOTSET, WARNING } from '../../lib/core/level';
import {
  defaultTree,
  effectiveLevel,
  newLoggerData,
  newTreeData,
  updateThreshold,
  updateThresholds,
} from '../../lib/core/logger-tree';
import { defaultManager, Manager } from '../../lib/core/manager';
import { systemClock } from '../../lib/internal/clock';

function treeWith(name: string, level = NOTSET) {
  const tree = newTreeData(systemClock);
  const data = newLoggerData(name, level);
  data.parent = tree.root;
  tree.loggers.set(name, data);
  updateThresholds(tree);
  return { tree, data };
}

describe('the data of a tree', () => {
  it('is plain: no object in it has a class of this package', () => {
    const { tree, data } = treeWith('a');
    for (const part of [tree, tree.root, data]) expect(Object.getPrototypeOf(part)).toBe(Object.prototype);
    expect(tree.loggers).toBeInstanceOf(Map);
  });

  it('has a root at WARNING', () => {
    const { root } = newTreeData(systemClock);
    expect([root.level, root.enabledFrom, root.handledFrom]).toEqual([WARNING, WARNING, WARNING]);
  });

  it('gives a logger the level of its parent', () => {
    const { tree, data } = treeWith('a');
    expect(effectiveLevel(data)).toBe(WARNING);
    tree.root.level = ERROR;
    updateThresholds(tree);
    expect([effectiveLevel(data), data.enabledFrom]).toEqual([ERROR, ERROR]);
  });

  it.each([
    [{ disabled: true }, NOTSET, Infinity],
    [{ disabled: false }, INFO, INFO + 1],
    [{ disabled: false }, NOTSET, DEBUG],
  ])('caches %o and a tree disabled up to %d in one number', ({ disabled }, disable, enabledFrom) => {
    const { tree, data } = treeWith('a', DEBUG);
    data.disabled = disabled;
    tree.disable = disable;
    updateThreshold(tree, data);
    expect([data.enabledFrom, data.handledFrom]).toEqual([enabledFrom, enabledFrom]);
  });

  it('is what two managers of one tree share', () => {
    const tree = newTreeData(systemClock);
    const [one, other] = [new Manager({}, tree), new Manager({}, tree)];
    one.getLogger('a.b').setLevel('DEBUG');
    expect(other.getLogger('a.b').isEnabledFor('DEBUG')).toBe(true);
    expect([...other.loggers.keys()]).toEqual(['a.b']);
    other.getLogger('a').propagate = false;
    expect([one.getLogger('a').propagate, one.getLogger('a.b').parent]).toEqual([false, one.getLogger('a')]);
  });

  it('is used by getLogger', () => {
    expect([defaultManager.data, defaultManager.isDefault]).toEqual([defaultTree, true]);
  });
});
