import { firstValueFrom, map, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { inScopeOf, rememberAnswer } from '../../../lib/nest/hooks/message-answers';
import { openCallScope } from '../../../lib/scope/run-in-scope';
import { compileScopeOptions } from '../../../lib/scope/scope-options';

function scopeOfMessage(): LogScope {
  const scope = openCallScope({ options: compileScopeOptions({}) });
  scope.settle();
  return scope;
}

/** The scope in which the answer is sent. */
async function sender(answer: unknown): Promise<LogScope | undefined> {
  return firstValueFrom(inScopeOf(answer, of(answer)).pipe(map(() => currentScope())));
}

describe('inScopeOf', () => {
  it('has an answer sent in the scope of its message, once', async () => {
    const [scope, answer] = [scopeOfMessage(), {}];
    rememberAnswer(answer, scope);

    expect(await firstValueFrom(inScopeOf(answer, of(answer)))).toBe(answer);
    expect(await sender(answer)).toBeUndefined();
  });

  it('runs who sends it in that scope', () => {
    const [scope, answer] = [scopeOfMessage(), {}];
    rememberAnswer(answer, scope);
    const seen: unknown[] = [];

    inScopeOf(answer, of(answer)).subscribe(() => seen.push(currentScope()));

    expect(seen).toEqual([scope]);
    expect(currentScope()).toBeUndefined();
  });

  it.each(['text', 7, null, undefined])('leaves %s alone, which can always be sent', (answer) => {
    const stream = of(answer);
    rememberAnswer(answer, scopeOfMessage());

    expect(inScopeOf(answer, stream)).toBe(stream);
  });
});
