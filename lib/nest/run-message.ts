/** Follows the handling of one message to its end: a value, a promise, or an Observable that somebody subscribes to later. */
import { finalize, Observable } from 'rxjs';
import { contextStorage } from '../core/record-context';
import type { LogScope } from '../scope/log-scope';
import { awaitEnd } from '../scope/run-in-scope';
import type { Settlement } from '../scope/scope-outcome';
import { rememberAnswer } from './hooks/message-answers';
import { isObservable } from './watch-iteration';

/** With interceptors, the handler itself runs when it is subscribed to. Completed, failed or unsubscribed: it is over. */
function untilOver(source: Observable<unknown>, scope: LogScope, end: () => void): Observable<unknown> {
  return new Observable((subscriber) =>
    contextStorage.run(scope, () => source.pipe(finalize(end)).subscribe(subscriber)),
  );
}

/**
 * Runs guards, pipes, handler and filters in the scope and settles it when the message has been dealt with. Its Errors are
 * marked by whoever sees them before the filters do; only what the filters throw comes out here.
 */
export async function runMessage(
  scope: LogScope,
  settlement: Settlement,
  handle: () => unknown,
): Promise<unknown> {
  const end = awaitEnd(scope, settlement);
  try {
    const result = await contextStorage.run(scope, handle);
    if (isObservable(result)) return untilOver(result, scope, end);
    rememberAnswer(result, scope);
    end();
    return result;
  } catch (error) {
    scope.fail(error);
    end();
    throw error;
  }
}
