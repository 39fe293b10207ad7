/** The hook on classes that are built as Nest's; the real ones are hooked in test/packed. */
import { of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { hookAnswers } from '../../../lib/nest/hooks/answers-hook';
import { rememberAnswer } from '../../../lib/nest/hooks/message-answers';
import { openCallScope } from '../../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../../lib/scope/scope-options';

function serverClass() {
  return class Server {
    transformToObservable(answer: unknown): Observable<unknown> {
      return of(answer);
    }
  };
}

function controllerClass() {
  return class WebSocketsController {
    async pickResult(answer: unknown): Promise<Observable<unknown>> {
      return of(await answer);
    }
  };
}

function answered(): { readonly answer: object; readonly scope: LogScope } {
  const [answer, scope] = [{}, openCallScope({ options: compileScopeOptions({}) })];
  scope.settle();
  rememberAnswer(answer, scope);
  return { answer, scope };
}

function senderOf(stream: Observable<unknown>): unknown {
  let scope: unknown = 'not sent';
  stream.subscribe(() => (scope = currentScope()));
  return scope;
}

describe('hookAnswers', () => {
  it('keeps the answer of a microservice in the scope of its message', () => {
    const Server = serverClass();
    hookAnswers(Server.prototype);
    const { answer, scope } = answered();

    expect(senderOf(new Server().transformToObservable(answer))).toBe(scope);
  });

  it('keeps the answer of a gateway in the scope of its event', async () => {
    const Controller = controllerClass();
    hookAnswers(Controller.prototype);
    const { answer, scope } = answered();

    expect(senderOf(await new Controller().pickResult(Promise.resolve(answer)))).toBe(scope);
  });

  it('wraps once, and leaves a class alone that takes up no answers', () => {
    class None {}
    const Server = serverClass();
    hookAnswers(Server.prototype);
    const { transformToObservable } = Server.prototype;

    hookAnswers(Server.prototype);
    hookAnswers(None.prototype);

    expect(Server.prototype.transformToObservable).toBe(transformToObservable);
    expect(Object.getOwnPropertyNames(None.prototype)).toEqual(['constructor']);
  });
});
