/** Finding a scope: by context, or by its request. */
import { describe, expect, it } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { bindScope, currentScope, scopeOf } from '../../lib/scope/current';
import { scopeTree } from './scope-tree';

describe('currentScope', () => {
  it('is the innermost scope, also across awaits', async () => {
    const tree = scopeTree();
    const [outer, inner] = [tree.open(), tree.open()];

    await contextStorage.run(outer, async () => {
      await Promise.resolve();
      expect(currentScope()).toBe(outer);
      contextStorage.run(inner, () => expect(currentScope()).toBe(inner));
      expect(currentScope()).toBe(outer);
    });
  });

  it('is undefined outside', () => {
    expect(currentScope()).toBeUndefined();
  });
});

describe('scopeOf', () => {
  it('finds the scope of a request by the request, its response, and the wrappers of a framework', () => {
    const scope = scopeTree().open();
    const request = { url: '/' };
    const response = { req: request };
    bindScope(request, scope);

    expect(scopeOf(request)).toBe(scope);
    expect(scopeOf(response)).toBe(scope);
    expect(scopeOf({ raw: request })).toBe(scope);
    expect(scopeOf({ raw: response })).toBe(scope);
  });

  it.each([[undefined], [null], ['x-request-id'], [42], [{}], [{ req: 7 }], [{ raw: null }]])(
    'finds none for %s',
    (value) => {
      expect(scopeOf(value)).toBeUndefined();
    },
  );

  it('ends at an object that is its own request', () => {
    const loop: Record<string, unknown> = {};
    loop['req'] = loop;

    expect(scopeOf(loop)).toBeUndefined();
  });
});
