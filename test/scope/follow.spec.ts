/** Following what a function returns to its end: promises, Observables and async iterators. */
import { Readable } from 'node:stream';
import {
  BehaviorSubject,
  firstValueFrom,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  throwError,
  toArray,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { currentScope } from '../../lib/scope/current';
import {
  followIteration,
  followObservable,
  followPromise,
  isAsyncIteration,
  isObservable,
  isThenable,
  type Follower,
} from '../../lib/scope/follow';
import type { LogScope } from '../../lib/scope/scope';
import { scopeTree } from './scope-tree';

const broken = new Error('broken on purpose');

interface Seen extends Follower {
  readonly scope: LogScope;
  /** What was called: `end`, or the Error. */
  readonly calls: unknown[];
}

function follower(): Seen {
  const calls: unknown[] = [];
  return {
    scope: scopeTree().open(),
    calls,
    fail: (error) => void calls.push(error),
    end: () => void calls.push('end'),
  };
}

async function* count(to: number): AsyncGenerator<number, string> {
  for (let i = 0; i < to; i++) yield i;
  return 'all';
}

describe('what is followed', () => {
  const values = {
    promise: Promise.resolve(),
    // oxlint-disable-next-line unicorn/no-thenable -- a thenable of another library is the claim
    thenable: { then: () => undefined },
    observable: of(1),
    subject: new Subject(),
    generator: count(1),
    stream: Readable.from([]),
    array: [1],
    text: 'text',
    nothing: null,
  };
  const namesOf = (is: (value: unknown) => boolean): string[] =>
    Object.entries(values)
      .filter(([, value]) => is(value))
      .map(([name]) => name);

  it('is known by its methods, and a stream is none of it', () => {
    expect(namesOf(isThenable)).toEqual(['promise', 'thenable']);
    expect(namesOf(isObservable)).toEqual(['observable', 'subject']);
    expect(namesOf(isAsyncIteration)).toEqual(['generator']);
  });
});

describe('followPromise', () => {
  it('gives the value, and ends with it', async () => {
    const seen = follower();

    expect(await followPromise(Promise.resolve(7), seen)).toBe(7);
    expect(seen.calls).toEqual(['end']);
  });

  it('passes the rejection on', async () => {
    const seen = follower();

    await expect(followPromise(Promise.reject(broken), seen)).rejects.toBe(broken);
    expect(seen.calls).toEqual([broken, 'end']);
  });
});

describe('followObservable', () => {
  const all = async (source: unknown): Promise<unknown[]> =>
    firstValueFrom((source as Observable<unknown>).pipe(toArray()));

  it('runs the work in the scope when it is subscribed to, and ends when it completes', async () => {
    const seen = follower();
    const source = new Observable((subscriber) =>
      of(currentScope(), seen.calls.length).subscribe(subscriber),
    );
    const followed = followObservable(source, seen);
    expect(seen.calls).toEqual([]);

    expect(await all(followed)).toEqual([seen.scope, 0]);
    expect(seen.calls).toEqual(['end']);
  });

  it('passes the Error on', async () => {
    const seen = follower();

    await expect(
      all(
        followObservable(
          throwError(() => broken),
          seen,
        ),
      ),
    ).rejects.toBe(broken);
    expect(seen.calls).toEqual([broken, 'end']);
  });

  it('unsubscribes from the source, and ends, when nobody listens any more', () => {
    const seen = follower();
    const stopped = vi.fn<() => void>();
    const source = new Observable(() => stopped);

    const subscription = (followObservable(source, seen) as Observable<unknown>).subscribe();
    expect(stopped).not.toHaveBeenCalled();
    subscription.unsubscribe();

    expect(stopped).toHaveBeenCalledOnce();
    expect(seen.calls).toEqual(['end']);
  });

  it.each([
    ['an Observable', NEVER],
    ['a Subject', new Subject()],
    ['a BehaviorSubject', new BehaviorSubject(1)],
    ['the result of an operator', of(1).pipe(map(String))],
  ])('makes an Observable of the same copy of RxJS out of %s', (_what, source) => {
    const followed = followObservable(source, follower());

    expect(followed.constructor).toBe(Observable);
  });
});

describe('followIteration', () => {
  it('hands on every value and the result, and ends once', async () => {
    const seen = follower();
    const iteration = followIteration(count(2), seen);

    const results = [await iteration.next(), await iteration.next(), await iteration.next()];

    expect(results).toEqual([
      { done: false, value: 0 },
      { done: false, value: 1 },
      { done: true, value: 'all' },
    ]);
    expect(seen.calls).toEqual(['end']);
  });

  it('hands the values of its reader to the generator', async () => {
    async function* echo(): AsyncGenerator<unknown, void, unknown> {
      let got: unknown = 'first';
      for (;;) got = yield got;
    }
    const iteration = followIteration(echo(), follower()) as AsyncGenerator<unknown, void, unknown>;

    expect([await iteration.next(), await iteration.next('second')].map(({ value }) => value)).toEqual([
      'first',
      'second',
    ]);
  });

  it('runs each step in the scope', async () => {
    async function* scopes(): AsyncGenerator {
      yield currentScope();
      await Promise.resolve();
      yield currentScope();
    }
    const seen = follower();
    const values: unknown[] = [];

    for await (const value of followIteration(scopes(), seen)) values.push(value);

    expect(values).toEqual([seen.scope, seen.scope]);
    expect(currentScope()).toBeUndefined();
  });

  it('passes the Error on', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw broken;
    }
    const seen = follower();
    const iteration = followIteration(failing(), seen);

    await iteration.next();
    await expect(iteration.next()).rejects.toBe(broken);

    expect(seen.calls).toEqual([broken, 'end']);
  });

  it('ends when the reader stops early', async () => {
    const seen = follower();

    for await (const value of followIteration(count(3), seen)) if (value === 0) break;

    expect(seen.calls).toEqual(['end']);
  });

  it('stands in for return and throw where the iterator has none', async () => {
    const bare = { next: async () => ({ done: false, value: 1 }), [Symbol.asyncIterator]: () => bare };
    const seen = follower();
    const iteration = followIteration(bare, seen);

    expect(await iteration.return?.('enough')).toEqual({ done: true, value: 'enough' });
    await expect(iteration.throw?.(broken)).rejects.toBe(broken);
    expect(seen.calls).toEqual(['end', broken, 'end']);
  });
});
