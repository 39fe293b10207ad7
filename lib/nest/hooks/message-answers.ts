/** Handles messages in their scopes, and keeps each answer in its scope while Nest sends it: only then does Nest see that the answer cannot be serialised. */
import { Observable } from 'rxjs';
import { contextStorage } from '../../core/record-context';
import { runMessage } from '../../scope/call';
import { isObservable } from '../../scope/follow';
import type { LogScope } from '../../scope/scope';
import { wrapMethod } from './wrap-method';

/** What we need of Nest's Server, the base of the microservice transports, and of its WebSocketsController. */
interface AnswerSender {
  transformToObservable?(answer: unknown): Observable<unknown>;
  pickResult?(answer: unknown): Promise<Observable<unknown>>;
}

/** From the end of a handler until Nest sends its answer. Primitives can always be serialised. */
const answers = new WeakMap<object, LogScope>();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Runs guards, pipes, handler and filters in the scope and settles it when the message has been dealt with. */
export async function handleMessage(scope: LogScope, handle: () => unknown): Promise<unknown> {
  return runMessage(scope, async () => {
    const answer = await handle();
    if (isObject(answer) && !isObservable(answer)) answers.set(answer, scope);
    return answer;
  });
}

/** The same stream of answers; its subscriber, which sends them, runs in the scope of the message. @internal */
export function inScopeOf<T>(answer: unknown, stream: Observable<T>): Observable<T> {
  const scope = isObject(answer) ? answers.get(answer) : undefined;
  if (scope === undefined || !isObject(answer)) return stream;
  // The same object may be the answer to the next message.
  answers.delete(answer);
  return new Observable((subscriber) => contextStorage.run(scope, () => stream.subscribe(subscriber)));
}

/** Wraps the method that takes the answer of a handler. Each of the two prototypes has one of them. @internal */
export function hookAnswers(prototype: AnswerSender): void {
  wrapMethod(prototype, 'transformToObservable', (transform, sender, args) =>
    inScopeOf(args[0], transform.apply(sender, args)),
  );
  wrapMethod(prototype, 'pickResult', async (pick, sender, args) =>
    inScopeOf(await args[0], await pick.apply(sender, args)),
  );
}
