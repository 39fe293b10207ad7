import { firstValueFrom, isObservable, lastValueFrom, NEVER, Observable, of, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../lib/logging';
import { runMessage } from '../../lib/nest/run-message';
import { openCallScope } from '../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../lib/scope/scope-options';

/** Which writes nothing, however it ends. */
function scopeOfMessage(): LogScope {
  return openCallScope({ options: compileScopeOptions({ flushOn: () => false }) });
}

async function observableOf(scope: LogScope, source: Observable<unknown>): Promise<Observable<unknown>> {
  const result = await runMessage(scope, {}, async () => source);
  return isObservable(result) ? result : NEVER;
}

describe('runMessage', () => {
  it('runs the handler in the scope, and settles it with the value', async () => {
    const scope = scopeOfMessage();

    const result = runMessage(scope, {}, async () => [currentScope() === scope, scope.settled]);

    expect(currentScope()).toBeUndefined();
    expect(await result).toEqual([true, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles with the Error that a filter throws, and hands it on', async () => {
    const scope = scopeOfMessage();
    const error = new Error('filter failed');

    await expect(runMessage(scope, {}, async () => Promise.reject(error))).rejects.toBe(error);

    expect([scope.settled, scope.error]).toEqual([true, error]);
  });

  it('subscribes to an Observable in the scope, and settles when it completes', async () => {
    const scope = scopeOfMessage();
    const source = new Observable((subscriber) =>
      of(currentScope() === scope, scope.settled).subscribe(subscriber),
    );

    const result = await observableOf(scope, source);

    expect(scope.settled).toBe(false);
    expect(await lastValueFrom(result.pipe(toArray()))).toEqual([true, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles when the Observable fails with what a filter answers, which is no Error of the work', async () => {
    const scope = scopeOfMessage();
    const source = new Observable((subscriber) => subscriber.error({ status: 'error' }));

    await expect(firstValueFrom(await observableOf(scope, source))).rejects.toEqual({ status: 'error' });

    expect([scope.settled, scope.error]).toEqual([true, undefined]);
  });

  it('settles when nobody listens to the Observable any more', async () => {
    const scope = scopeOfMessage();

    const subscription = (await observableOf(scope, new Subject())).subscribe();
    expect(scope.settled).toBe(false);
    subscription.unsubscribe();

    expect(scope.settled).toBe(true);
  });
});
