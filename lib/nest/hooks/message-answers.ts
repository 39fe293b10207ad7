/** Which message an answer belongs to, so that the failure to send it is told in that message's scope. */
import { Observable } from 'rxjs';
import { contextStorage } from '../../core/record-context';
import type { LogScope } from '../../scope/log-scope';

/** From the end of a handler until Nest takes its answer up. Texts, numbers and truth values can always be sent. */
const answers = new WeakMap<object, LogScope>();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What the handling of a message came to. */
export function rememberAnswer(answer: unknown, scope: LogScope): void {
  if (isObject(answer)) answers.set(answer, scope);
}

/** The same Observable; who sends what comes out of it does so in the scope of the message that is answered. */
export function inScopeOf<T>(answer: unknown, stream: Observable<T>): Observable<T> {
  const scope = isObject(answer) ? answers.get(answer) : undefined;
  if (scope === undefined || !isObject(answer)) return stream;
  // The same object may be the answer to the next message.
  answers.delete(answer);
  return new Observable((subscriber) => contextStorage.run(scope, () => stream.subscribe(subscriber)));
}
