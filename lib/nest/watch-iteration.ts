/** What may come out of a handler beside values and promises: Observables and async iterators, which are followed here. */
import { isObservable as isRxObservable, type Observable } from 'rxjs';
import { readProperty } from '../internal/foreign';
import { contextStorage } from '../core/record-context';
import type { LogScope } from '../scope/log-scope';

type Iteration = AsyncIterableIterator<unknown>;

/** RxJS's check, which throws for an answer that cannot be looked at, such as a revoked Proxy: that one is a value. */
export function isObservable(value: unknown): value is Observable<unknown> {
  try {
    return isRxObservable(value);
  } catch {
    // Nest meets the same Error where it looks itself.
    return false;
  }
}

/** Streams are async iterables too, but no iterators; they are left as they are. */
export function isAsyncIteration(value: unknown): value is Iteration {
  return (
    typeof readProperty(value, Symbol.asyncIterator) === 'function' &&
    typeof readProperty(value, 'next') === 'function'
  );
}

/** What an iterator without `return` and `throw` of its own answers. */
const ended = async (value: unknown): Promise<IteratorResult<unknown>> => ({ done: true, value });

async function refused(error: unknown): Promise<never> {
  throw error;
}

/** The same iterator; each step runs in the scope, an Error is marked in it, and `end` is called when it is over. */
export function watchIteration(source: Iteration, scope: LogScope, end: () => void = () => {}): Iteration {
  const watch = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    try {
      const result = await contextStorage.run(scope, step);
      if (result.done === true) end();
      return result;
    } catch (error) {
      scope.fail(error);
      end();
      throw error;
    }
  };
  return {
    next: async (...value: [] | [unknown]) => watch(async () => source.next(...value)),
    return: async (value?: unknown) => watch(async () => source.return?.(value) ?? ended(value)),
    throw: async (error?: unknown) => watch(async () => source.throw?.(error) ?? refused(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
