/** Handles messages in their scopes, and sends each answer in the scope of its message: serialising an answer may fail. */
import { Observable } from 'rxjs';
import { contextStorage } from '../../core/record-context';
import { runMessage } from '../../scope/call';
import { isObservable } from '../../scope/follow';
import type { LogScope } from '../../scope/scope';

/** From the end of a handler until Nest sends its answer. Primitives can always be serialised. */
const answers = new WeakMap<object, LogScope>();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Runs guards, pipes, handler and filters in the scope, and settles the scope when they have ended. */
export async function handleMessage(scope: LogScope, handle: () => unknown): Promise<unknown> {
  return runMessage(scope, async () => {
    const answer = await handle();
    if (isObject(answer) && !isObservable(answer)) answers.set(answer, scope);
    return answer;
  });
}

/** The same stream of answers. Its subscriber, which sends them, runs in the scope of the message. */
export function inScopeOf<T>(answer: unknown, stream: Observable<T>): Observable<T> {
  const scope = isObject(answer) ? answers.get(answer) : undefined;
  if (scope === undefined || !isObject(answer)) return stream;
  // The same object may be the answer to the next message.
  answers.delete(answer);
  return new Observable((subscriber) => contextStorage.run(scope, () => stream.subscribe(subscriber)));
}
