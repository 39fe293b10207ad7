import { lastValueFrom, NEVER, of, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../lib/logging';
import { markFailure, runToEnd } from '../../lib/nest/run-to-end';
import { openCallScope } from '../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../lib/scope/scope-options';

const broken = new Error('broken on purpose');

function scopeOfCall(): LogScope {
  return openCallScope({ options: compileScopeOptions({}) });
}

function fail(): never {
  throw broken;
}

describe('runToEnd', () => {
  it('settles when the call returns, and gives its value', () => {
    const scope = scopeOfCall();

    expect(runToEnd(scope, () => [currentScope() === scope, scope.settled])).toEqual([true, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles with the Error when the call throws', () => {
    const scope = scopeOfCall();

    expect(() => runToEnd(scope, fail)).toThrow(broken);
    expect([scope.settled, scope.error]).toEqual([true, broken]);
  });

  it.each([
    ['resolves', async () => 'done', undefined],
    ['rejects', async () => fail(), broken],
  ])('waits until the promise %s', async (_end, call, error) => {
    const scope = scopeOfCall();

    const result = runToEnd(scope, call) as Promise<unknown>;
    expect(scope.settled).toBe(false);
    await Promise.allSettled([result]);

    expect([scope.settled, scope.error]).toEqual([true, error]);
  });

  it.each([
    ['completes', () => of(1, 2), undefined],
    ['fails', () => throwError(() => broken), broken],
  ])('waits until the Observable %s', async (_end, call, error) => {
    const scope = scopeOfCall();

    const result = runToEnd(scope, call) as Observable<unknown>;
    expect(scope.settled).toBe(false);
    await Promise.allSettled([lastValueFrom(result)]);

    expect([scope.settled, scope.error]).toEqual([true, error]);
  });

  it('settles when the subscriber leaves', () => {
    const scope = scopeOfCall();

    (runToEnd(scope, () => NEVER) as Observable<unknown>).subscribe().unsubscribe();

    expect(scope.settled).toBe(true);
  });
});

describe('markFailure', () => {
  it.each([
    ['a throw', fail],
    ['a rejection', async () => fail()],
    ['an Observable', () => throwError(() => broken)],
  ])('marks the Error of %s and leaves the end to others', async (_what, call) => {
    const scope = scopeOfCall();

    await expect(async () => {
      const result = markFailure(scope, call);
      await (result instanceof Promise ? result : lastValueFrom(result as Observable<unknown>));
    }).rejects.toBe(broken);

    expect([scope.settled, scope.error]).toEqual([false, broken]);
  });

  it('gives the value as it is', () => {
    const promise = Promise.resolve(1);

    expect(markFailure(scopeOfCall(), () => promise)).toBe(promise);
    expect(markFailure(scopeOfCall(), () => 7)).toBe(7);
  });
});
