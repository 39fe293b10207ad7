import { firstValueFrom, map, of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { currentScope, type LogScope } from '../../../lib/logging';
import { handleMessage, inScopeOf } from '../../../lib/nest/messages/message-answers';
import { scopeTree } from '../../scope/scope-tree';

/** The scope of a message with this answer. */
async function answered(answer: unknown): Promise<LogScope> {
  const scope = scopeTree().open();
  await handleMessage(scope, () => answer);
  return scope;
}

/** The scope in which the answer is sent. */
async function sender(answer: unknown): Promise<LogScope | undefined> {
  return firstValueFrom(inScopeOf(answer, of(answer)).pipe(map(() => currentScope())));
}

describe('handleMessage', () => {
  it('runs the handler in the scope, returns its answer and settles the scope', async () => {
    const scope = scopeTree().open();
    const seen: unknown[] = [];

    const answer = await handleMessage(scope, async () => {
      seen.push(currentScope(), scope.settled);
      return 'sold';
    });

    expect(answer).toBe('sold');
    expect(seen).toEqual([scope, false]);
    expect(scope.settled).toBe(true);
  });

  it('settles the scope when a stream of answers has ended', async () => {
    const scope = scopeTree().open();

    const stream = (await handleMessage(scope, () => of(1))) as Observable<number>;

    expect(scope.settled).toBe(false);
    expect(await firstValueFrom(stream)).toBe(1);
    expect(scope.settled).toBe(true);
  });
});

describe('inScopeOf', () => {
  it('sends an answer in the scope of its message, once', async () => {
    const answer = {};
    const scope = await answered(answer);

    expect(await sender(answer)).toBe(scope);
    expect(await sender(answer)).toBeUndefined();
  });

  it('does not change the async context of the caller', async () => {
    const answer = {};
    const scope = await answered(answer);
    const seen: unknown[] = [];

    inScopeOf(answer, of(answer)).subscribe(() => seen.push(currentScope()));

    expect(seen).toEqual([scope]);
    expect(currentScope()).toBeUndefined();
  });

  it.each(['text', 7, null, undefined])(
    'does not change the stream for %s, which can always be serialised',
    async (answer) => {
      const stream = of(answer);
      await answered(answer);

      expect(inScopeOf(answer, stream)).toBe(stream);
    },
  );

  it('does not change the stream for an unknown answer', () => {
    const stream = of({});

    expect(inScopeOf({}, stream)).toBe(stream);
  });
});
