/** runInScope: what comes out of it, and what is written. */
import { describe, expect, it } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { ConfigurationError } from '../../lib/errors';
import { runInScope, type RunInScopeOptions } from '../../lib/scope/run-in-scope';
import { stats } from '../../lib/scope/scope-registry';
import { currentScope } from '../../lib/scope/scope-storage';
import { scopeTree } from './scope-tree';

describe('runInScope', () => {
  it('returns what the function returns', async () => {
    const tree = scopeTree();

    expect(tree.run({}, () => 42)).toBe(42);
    await expect(tree.run({}, () => Promise.resolve(42))).resolves.toBe(42);
    expect(tree.run({}, () => undefined)).toBeUndefined();
  });

  it('passes on what the function throws, and the scope is over', () => {
    const tree = scopeTree();
    const error = new Error('boom');
    let scope: ReturnType<typeof currentScope>;

    expect(() =>
      tree.run({}, () => {
        scope = currentScope();
        throw error;
      }),
    ).toThrow(error);
    expect(scope?.settled).toBe(true);
    expect(currentScope()).toBeUndefined();
  });

  it('passes on the rejection of a promise', async () => {
    const tree = scopeTree();
    const error = new Error('boom');

    await expect(
      tree.run({}, async () => {
        tree.log.debug('context');
        await Promise.resolve();
        throw error;
      }),
    ).rejects.toBe(error);
    expect(tree.messages).toEqual(['context', 'call failed']);
  });

  it.each([
    ['a status', { status: 404 }],
    ['a statusCode', { statusCode: 422 }],
    ['what an HttpException has', { getStatus: () => 404, getResponse: () => 'not found' }],
    ['what http-errors have', { status: 404, statusCode: 404, expose: true }],
  ])('is written for an Error that bears %s: nobody is answered', (_what, fields) => {
    const tree = scopeTree();
    const error = Object.assign(new Error('not found'), fields);

    expect(() =>
      tree.run({}, () => {
        tree.log.debug('context');
        throw error;
      }),
    ).toThrow(error);
    expect(tree.messages).toEqual(['context', 'call failed']);
  });

  it('is open until a promise settles', async () => {
    const tree = scopeTree();
    let release: (() => void) | undefined;
    let scope: ReturnType<typeof currentScope>;
    const work = tree.run({}, () => {
      scope = currentScope();
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });

    expect(scope?.settled).toBe(false);
    release?.();
    await work;
    expect(scope?.settled).toBe(true);
  });

  it('waits for a thenable that is no Promise', async () => {
    const tree = scopeTree();
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable of another library is the claim
      then: (resolve: (value: number) => number): Promise<number> => Promise.resolve(7).then(resolve),
    };

    expect(await tree.run({}, () => thenable as unknown as Promise<number>)).toBe(7);
  });

  it('gives the records its fields', () => {
    const tree = scopeTree();
    tree.run({ fields: { job: 'nightly' } }, () => tree.log.info('start'));

    expect(tree.target.records[0]?.context?.fields).toEqual({ job: 'nightly' });
  });

  it('reads the fields anew for an options object that is used again', () => {
    const tree = scopeTree();
    const options: { fields: Record<string, unknown>; capacity: number } = { fields: { n: 1 }, capacity: 5 };
    tree.run(options, () => tree.log.info('one'));
    options.fields = { n: 2 };
    tree.run(options, () => tree.log.info('two'));

    expect(tree.target.records.map(({ context }) => context?.fields['n'])).toEqual([1, 2]);
  });

  it('refuses bad options before it runs anything', () => {
    let ran = false;
    const run = (): unknown =>
      runInScope({ capacity: -1 }, () => {
        ran = true;
      });

    expect(run).toThrow(ConfigurationError);
    expect(() => runInScope({ capactiy: 1 } as RunInScopeOptions, () => 1)).toThrow('capactiy');
    expect(ran).toBe(false);
  });

  it('logs to the tree of the scope around it', () => {
    const tree = scopeTree();
    tree.run({}, () =>
      runInScope({}, () => {
        expect(currentScope()?.tree).toBe(tree.manager);
      }),
    );
  });

  it('leaves code outside of it alone while it waits', async () => {
    const tree = scopeTree();
    const inside = tree.run({}, async () => {
      await Promise.resolve();
      tree.log.debug('inside');
    });
    tree.log.debug('outside');
    expect(contextStorage.getStore()).toBeUndefined();
    await inside;

    expect(tree.messages).toEqual([]);
  });

  it('counts what it opened and settled', () => {
    const tree = scopeTree();
    const before = stats().scopes;
    for (let i = 0; i < 10; i++) tree.run({}, () => tree.log.debug('x'));

    expect(stats().scopes).toMatchObject({
      opened: before.opened + 10,
      settled: before.settled + 10,
      live: before.live,
    });
  });
});
