/** Keeps the answer to a message in its scope while Nest sends it: what cannot be serialised is found out only then. */
import type { Observable } from 'rxjs';
import { inScopeOf } from './message-answers';

/** Of this copy of the package, which knows the scopes of its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/answers-hook');

/** What is used of Nest's Server, the base of all transports of microservices, and of its WebSocketsController. */
interface Answering {
  transformToObservable?(answer: unknown): Observable<unknown>;
  pickResult?(answer: unknown): Promise<Observable<unknown>>;
  [HOOKED]?: true;
}

/** Wraps what takes up an answer, whichever of the two a prototype has, once. @internal */
export function hookAnswers(prototype: Answering): void {
  // eslint-disable-next-line typescript/unbound-method -- called with their own `this`
  const { transformToObservable, pickResult } = prototype;
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  if (transformToObservable !== undefined) {
    prototype.transformToObservable = function transformInScope(this: Answering, answer) {
      return inScopeOf(answer, transformToObservable.call(this, answer));
    };
  }
  if (pickResult !== undefined) {
    prototype.pickResult = async function pickInScope(this: Answering, answer) {
      return inScopeOf(await answer, await pickResult.call(this, answer));
    };
  }
}
