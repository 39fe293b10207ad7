/** Follows a call to its end, whatever it returns: a value, a promise, an Observable or an async iterator. */
import { Observable, tap } from 'rxjs';
import { contextStorage } from '../core/record-context';
import { isInstance } from '../internal/foreign';
import type { LogScope } from '../scope/log-scope';
import { awaitEnd, runCall } from '../scope/run-in-scope';
import { isAsyncIteration, isObservable, watchIteration } from './watch-iteration';

/** The work of an Observable is done when it is subscribed to, so that is what runs in the scope. */
function observeInScope(source: Observable<unknown>, scope: LogScope): Observable<unknown> {
  const end = awaitEnd(scope);
  return new Observable((subscriber) => {
    // Completed, failed or unsubscribed.
    const watched = source.pipe(tap({ error: (error: unknown) => scope.fail(error), finalize: end }));
    return contextStorage.run(scope, () => watched.subscribe(subscriber));
  });
}

/** Runs a call in its scope and settles the scope when the work is over. */
export function runToEnd(scope: LogScope, call: () => unknown): unknown {
  let result: unknown;
  try {
    result = contextStorage.run(scope, call);
  } catch (error) {
    scope.fail(error);
    scope.settle();
    throw error;
  }
  if (isObservable(result)) return observeInScope(result, scope);
  if (isAsyncIteration(result)) return watchIteration(result, scope, awaitEnd(scope));
  return runCall(scope, () => result);
}

/** Runs a call in the current scope and marks its Error there. */
export function markFailure(scope: LogScope, call: () => unknown): unknown {
  const fail = (error: unknown): void => scope.fail(error);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    fail(error);
    throw error;
  }
  if (isObservable(result)) return result.pipe(tap({ error: fail }));
  if (isAsyncIteration(result)) return watchIteration(result, scope);
  // The caller gets the promise itself and its rejection; this branch only takes note.
  if (isInstance(result, Promise)) result.catch(fail);
  return result;
}
