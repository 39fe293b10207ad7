/** Follows the result of a function to its end: a promise, an Observable or an async iterator. */
import { contextStorage, type RecordContext } from '../core/record-context';
import { readProperty } from '../internal/foreign';

/** What to do while a result is followed. */
export interface Follower {
  /** Each step of the work runs in it. */
  readonly scope: RecordContext;
  /** Called if the work fails. */
  readonly fail: (error: unknown) => void;
  /** Called when the work has ended, after `fail`. */
  readonly end: () => void;
}

/** The part of an RxJS Observable that we need. RxJS is not imported: Express and `runInScope` work without it. */
interface Observable {
  subscribe(observer: Observer): { unsubscribe(): void };
}

interface Observer {
  next(value: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

type ObservableClass = new (subscribe: (subscriber: Observer) => () => void) => Observable;

type Iteration = AsyncIterableIterator<unknown>;

function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof readProperty(value, name) === 'function';
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return hasMethod(value, 'then');
}

/** The same check as in RxJS; it works for every copy of RxJS. */
export function isObservable(value: unknown): value is Observable {
  return hasMethod(value, 'subscribe') && hasMethod(value, 'lift');
}

/** Streams are async iterables, but not iterators, so they are not followed. */
export function isAsyncIteration(value: unknown): value is Iteration {
  return hasMethod(value, Symbol.asyncIterator) && hasMethod(value, 'next');
}

/** The class Observable of the copy of RxJS that created the source. The source may be a Subject. */
function classOf(source: Observable): ObservableClass {
  let found: object = source;
  for (let at: unknown = source; at !== null; at = Object.getPrototypeOf(at))
    if (Object.hasOwn(at as object, 'subscribe')) found = at as object;
  return found.constructor as ObservableClass;
}

/** The work of an Observable begins with its subscription. It ends when the Observable completes, fails or is unsubscribed. */
export function followObservable(source: Observable, { scope, fail, end }: Follower): Observable {
  const subscribe = (subscriber: Observer): (() => void) => {
    const observer: Observer = {
      next: (value) => subscriber.next(value),
      error: (error) => {
        fail(error);
        subscriber.error(error);
      },
      complete: () => subscriber.complete(),
    };
    const subscription = contextStorage.run(scope, () => source.subscribe(observer));
    return () => {
      subscription.unsubscribe();
      end();
    };
  };
  return new (classOf(source))(subscribe);
}

/** The result of `return` for an iterator that has no such method. */
const ended = async (value: unknown): Promise<IteratorResult<unknown>> => ({ done: true, value });

async function refused(error: unknown): Promise<never> {
  throw error;
}

/** Wraps an iterator so that each step runs in the scope. */
export function followIteration(source: Iteration, { scope, fail, end }: Follower): Iteration {
  const watch = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    try {
      const result = await contextStorage.run(scope, step);
      if (result.done === true) end();
      return result;
    } catch (error) {
      fail(error);
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

/** Uses only `then`, so that thenables of other libraries keep their type. */
export function followPromise(source: PromiseLike<unknown>, { fail, end }: Follower): PromiseLike<unknown> {
  return source.then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      fail(error);
      end();
      throw error;
    },
  );
}
