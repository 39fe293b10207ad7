/** RequestMemoryHandler: one object, a buffer for each request. */
import { describe, expect, it } from 'vitest';
import { shutdown } from '../../lib/core/shutdown';
import { RequestMemoryHandler } from '../../lib/scope/request-memory.handler';
import { reasons, scopeTree } from './scope-tree';

function memoryTree(): { tree: ReturnType<typeof scopeTree>; memory: RequestMemoryHandler } {
  const tree = scopeTree();
  return { tree, memory: new RequestMemoryHandler(tree.handler) };
}

describe('RequestMemoryHandler', () => {
  it('shows what the running scope holds, and its capacity', () => {
    const { tree, memory } = memoryTree();
    tree.run({ capacity: 7 }, () => {
      tree.log.debug('one');
      tree.log.info('written at once');
      tree.log.debug('two');

      expect(memory.buffer.map((record) => record.getMessage())).toEqual(['one', 'two']);
      expect(memory.capacity).toBe(7);
    });
  });

  it('does not show what another request holds', async () => {
    const { tree, memory } = memoryTree();
    const request = async (name: string): Promise<string[]> =>
      tree.run({}, async () => {
        tree.log.debug(name);
        await Promise.resolve();
        return memory.buffer.map((record) => record.getMessage());
      });

    expect(await Promise.all([request('a'), request('b')])).toEqual([['a'], ['b']]);
  });

  it('writes the running scope when flushed; twice writes nothing twice', () => {
    const { tree, memory } = memoryTree();
    tree.run({}, () => {
      tree.log.debug('context');
      memory.flush();
      memory.flush();
      tree.log.debug('after');
    });

    expect(tree.messages).toEqual(['context', 'after']);
    expect(reasons(tree.target.records)).toEqual(['manual', undefined]);
  });

  it('throws away what is held when cleared', () => {
    const { tree, memory } = memoryTree();
    tree.run({}, () => {
      tree.log.debug('gone');
      memory.clear();
      tree.log.debug('kept');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['kept', 'trigger']);
  });

  it('is empty outside a scope, where flush and clear do nothing', () => {
    const { memory } = memoryTree();

    expect(memory.buffer).toEqual([]);
    expect(memory.capacity).toBe(0);
    memory.flush();
    memory.clear();
  });

  it('routes records on a logger as its HindsightHandler does', () => {
    const { tree, memory } = memoryTree();
    const other = tree.manager.getLogger('other');
    other.propagate = false;
    other.addHandler(memory);
    tree.run({}, () => {
      other.debug('held');
      expect(memory.buffer).toHaveLength(1);
      other.error('trigger');
    });

    expect(tree.messages).toEqual(['held', 'trigger']);
    expect(memory.target).toBe(tree.target);
  });

  it('does not write what a healthy request holds when the process ends', async () => {
    const { tree, memory } = memoryTree();
    await tree.run({}, async () => {
      tree.log.debug('context');
      memory.flushSync();
      await Promise.resolve();
    });
    await shutdown();

    expect(tree.messages).toEqual([]);
  });
});
