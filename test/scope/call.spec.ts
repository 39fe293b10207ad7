/** Functions that run as a unit of work: what comes out of them, when their scope ends, and what is written. */
import { firstValueFrom, lastValueFrom, NEVER, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { ConfigurationError } from '../../lib/errors';
import {
  openCallScope,
  runAndNote,
  runInScope,
  runMessage,
  runToEnd,
  type RunInScopeOptions,
} from '../../lib/scope/call';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { currentScope } from '../../lib/scope/current';
import { isAsyncIteration } from '../../lib/scope/follow';
import type { LogScope } from '../../lib/scope/scope';
import { scopeTree } from './scope-tree';

const broken = new Error('broken on purpose');

function fail(): never {
  throw broken;
}

describe('runInScope', () => {
  it('returns what the function returns', async () => {
    const tree = scopeTree();

    expect(tree.run({}, () => 42)).toBe(42);
    await expect(tree.run({}, () => Promise.resolve(42))).resolves.toBe(42);
    expect(tree.run({}, () => undefined)).toBeUndefined();
  });

  it('passes on what the function throws, and settles the scope', () => {
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

  it('passes on the rejection of a promise, and writes what led to it', async () => {
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
  ])('is written for an Error with %s, as nobody is answered', (_what, fields) => {
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

  it('waits for a thenable that is no Promise', async () => {
    const tree = scopeTree();
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable of another library is the claim
      then: (resolve: (value: number) => number): Promise<number> => Promise.resolve(7).then(resolve),
    };

    expect(await tree.run({}, () => thenable as unknown as Promise<number>)).toBe(7);
  });

  it('puts its fields on the records', () => {
    const tree = scopeTree();
    tree.run({ fields: { job: 'nightly' } }, () => tree.log.info('start'));

    expect(tree.target.records[0]?.context?.fields).toEqual({ job: 'nightly' });
  });

  it('reads the fields again when an options object is used again', () => {
    const tree = scopeTree();
    const options: { fields: Record<string, unknown>; capacity: number } = { fields: { n: 1 }, capacity: 5 };
    tree.run(options, () => tree.log.info('one'));
    options.fields = { n: 2 };
    tree.run(options, () => tree.log.info('two'));

    expect(tree.target.records.map(({ context }) => context?.fields['n'])).toEqual([1, 2]);
  });

  it('refuses bad options before it calls the function', () => {
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

  it('does not touch what is logged outside while it waits', async () => {
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
});

describe('openCallScope', () => {
  const place = { options: compileScopeOptions({}) };

  it('opens a scope inside the current one, in its tree', () => {
    const tree = scopeTree();
    const outer = tree.open();
    const scope = tree.runIn(outer, () => openCallScope(place, { title: 'Orders.place' }));

    expect(scope).toMatchObject({ kind: 'call', parent: outer, title: 'Orders.place' });
    expect(scope.tree).toBe(tree.manager);
  });

  it('copies the fields, which stay what they are', () => {
    const fields = { orderId: 1 };
    const scope = openCallScope(place, { fields });
    fields.orderId = 2;

    expect(scope.fields).toEqual({ orderId: 1 });
  });
});

describe('runToEnd', () => {
  it('settles when the call returns, and gives its value', () => {
    const scope = scopeTree().open();

    expect(runToEnd(scope, () => [currentScope() === scope, scope.settled])).toEqual([true, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles with the Error when the call throws', () => {
    const scope = scopeTree().open();

    expect(() => runToEnd(scope, fail)).toThrow(broken);
    expect([scope.settled, scope.error]).toEqual([true, broken]);
  });

  async function* values(): AsyncGenerator<number> {
    yield 1;
  }
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    fail();
  }

  it.each<[string, () => unknown, unknown]>([
    ['a promise resolves', async () => 'done', undefined],
    ['a promise rejects', async () => fail(), broken],
    ['an Observable completes', () => of(1, 2), undefined],
    ['an Observable fails', () => throwError(() => broken), broken],
    ['an async iterator has ended', values, undefined],
    ['an async iterator fails', failing, broken],
  ])('waits until %s', async (_end, call, error) => {
    const scope = scopeTree().open();

    const result = runToEnd(scope, call);
    expect(scope.settled).toBe(false);
    await Promise.allSettled([result instanceof Observable ? lastValueFrom(result) : drained(result)]);

    expect([scope.settled, scope.error]).toEqual([true, error]);
  });

  it('settles when the subscriber leaves', () => {
    const scope = scopeTree().open();

    runToEnd(scope, () => NEVER)
      .subscribe()
      .unsubscribe();

    expect(scope.settled).toBe(true);
  });
});

describe('runAndNote', () => {
  it.each<[string, () => unknown]>([
    ['a throw', fail],
    ['a rejection', async () => fail()],
    ['an Observable', () => throwError(() => broken)],
  ])('notes the Error of %s and leaves the end to others', async (_what, call) => {
    const scope = scopeTree().open();

    await expect(async () => {
      const result = runAndNote(scope, call);
      await (result instanceof Observable ? lastValueFrom(result) : result);
    }).rejects.toBe(broken);

    expect([scope.settled, scope.error]).toEqual([false, broken]);
  });

  it('gives the value as it is', () => {
    const promise = Promise.resolve(1);

    expect(runAndNote(scopeTree().open(), () => promise)).toBe(promise);
    expect(runAndNote(scopeTree().open(), () => 7)).toBe(7);
  });
});

describe('runMessage', () => {
  async function streamOf(scope: LogScope, source: Observable<unknown>): Promise<Observable<unknown>> {
    return (await runMessage(scope, async () => source)) as Observable<unknown>;
  }

  it('runs the handler in the scope, and settles the scope with the value', async () => {
    const scope = scopeTree().open();

    const result = runMessage(scope, async () => [currentScope() === scope, scope.settled]);

    expect(currentScope()).toBeUndefined();
    expect(await result).toEqual([true, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles with the Error that a filter throws, and passes it on', async () => {
    const scope = scopeTree().open();

    await expect(runMessage(scope, async () => fail())).rejects.toBe(broken);

    expect([scope.settled, scope.error]).toEqual([true, broken]);
  });

  it('subscribes to an Observable in the scope, and settles when it completes', async () => {
    const scope = scopeTree().open();
    const source = new Observable((subscriber) => of(currentScope(), scope.settled).subscribe(subscriber));

    const result = await streamOf(scope, source);

    expect(scope.settled).toBe(false);
    expect(await lastValueFrom(result.pipe(toArray()))).toEqual([scope, false]);
    expect(scope.settled).toBe(true);
  });

  it('takes the Error of an Observable for the answer of a filter, and not for one of the work', async () => {
    const scope = scopeTree().open();
    const source = throwError(() => ({ status: 'error' }));

    await expect(firstValueFrom(await streamOf(scope, source))).rejects.toEqual({ status: 'error' });

    expect([scope.settled, scope.error]).toEqual([true, undefined]);
  });

  it('settles when nobody listens to the Observable any more', async () => {
    const scope = scopeTree().open();

    const subscription = (await streamOf(scope, new Subject())).subscribe();
    expect(scope.settled).toBe(false);
    subscription.unsubscribe();

    expect(scope.settled).toBe(true);
  });
});

/** Waits for a promise, or reads an async iterator to its end. */
async function drained(result: unknown): Promise<void> {
  const values = await result;
  if (!isAsyncIteration(values)) return;
  while ((await values.next()).done !== true);
}
