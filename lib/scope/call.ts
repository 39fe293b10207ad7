/** Runs a function as a unit of work and follows it to its end: for `runInScope`, `logIfErrors`, decorators, messages and gateways. */
import { defaultManager, type Manager } from '../core/manager';
import { contextStorage } from '../core/record-context';
import { checkedOptions, type OptionNames } from '../internal/options';
import { isInstance } from '../internal/foreign';
import { compileScopeOptions } from './compile-options';
import { watchCrashes } from './crash';
import { currentScope } from './current';
import {
  followIteration,
  followObservable,
  followPromise,
  isAsyncIteration,
  isObservable,
  isThenable,
  type Follower,
} from './follow';
import { stopWatching, watchForLeak } from './live';
import { SCOPE_SPEC, type CompiledScopeOptions, type LogScopeOptions } from './options';
import { LogScope, type ScopeInit, type ScopePlace } from './scope';

export interface RunInScopeOptions extends LogScopeOptions {
  /** Ids printed on each record of the scope. @defaultValue those of the scope around it */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The tree to log to. @defaultValue that of the scope around it, or the process's */
  readonly manager?: Manager;
}

const OPTIONS = {
  ...SCOPE_SPEC,
  fields: true,
  manager: true,
} as const satisfies OptionNames<RunInScopeOptions>;

/** What call scopes are opened with; without a tree, the tree of the scope around it, or the process's. @internal */
export type CallPlace = Omit<ScopePlace, 'tree'> & { readonly tree?: Manager | undefined };

const NOTHING = {};
const OWNER = 'runInScope';
const defaults = compileScopeOptions({});
const compiledBefore = new WeakMap<RunInScopeOptions, CompiledScopeOptions>();

/** Checking options costs more than a scope with 20 records: nothing to check is the common case, else it is done once. */
function compiledOnce(options: RunInScopeOptions): CompiledScopeOptions {
  if (Object.keys(options).every((key) => key === 'fields' || key === 'manager')) return defaults;
  let compiled = compiledBefore.get(options);
  if (compiled === undefined) {
    const { fields: _fields, manager: _manager, ...scopeOptions } = checkedOptions(OWNER, options, OPTIONS);
    compiled = compileScopeOptions(scopeOptions, undefined, OWNER);
    compiledBefore.set(options, compiled);
  }
  return compiled;
}

/** A scope of kind `call`, inside the current one. @internal */
export function openCallScope(
  { options, tree, logger, owner }: CallPlace,
  init: Pick<ScopeInit, 'fields' | 'title'> = NOTHING,
): LogScope {
  watchCrashes();
  const parent = currentScope();
  const { fields, title } = init;
  const place: ScopePlace = {
    options,
    tree: tree ?? parent?.tree ?? defaultManager.standIn ?? defaultManager,
    logger,
    owner,
  };
  // A copy of the fields: the ids of a scope stay what they are when it opens.
  return new LogScope('call', place, { parent, fields: fields && { ...fields }, title });
}

/** Settles the scope at the end of work that goes on after its call. A scope that is collected before is counted. */
function followerOf(scope: LogScope): Follower {
  watchForLeak(scope);
  return {
    scope,
    fail: (error) => scope.fail(error),
    end: () => {
      stopWatching(scope);
      scope.settle();
    },
  };
}

/**
 * Runs `work` in `scope` and settles the scope at its end: when it returns or throws, or when its promise, Observable or async
 * iterator is over. @internal
 */
export function runToEnd<T>(scope: LogScope, work: () => T): T {
  let result: T;
  try {
    result = contextStorage.run(scope, work);
  } catch (error) {
    scope.fail(error);
    scope.settle();
    throw error;
  }
  if (isObservable(result)) return followObservable(result, followerOf(scope)) as T;
  if (isAsyncIteration(result)) return followIteration(result, followerOf(scope)) as T;
  if (isThenable(result)) return followPromise(result, followerOf(scope)) as T;
  scope.settle();
  return result;
}

/** Runs `work` and notes its Error in the scope, which somebody else settles. @internal */
export function runAndNote<T>(scope: LogScope, work: () => T): T {
  const fail = (error: unknown): void => scope.fail(error);
  let result: T;
  try {
    result = work();
  } catch (error) {
    fail(error);
    throw error;
  }
  const follower = { scope, fail, end: (): void => {} };
  if (isObservable(result)) return followObservable(result, follower) as T;
  if (isAsyncIteration(result)) return followIteration(result, follower) as T;
  // The caller gets the promise itself and its rejection; this branch only takes note.
  if (isInstance(result, Promise)) result.catch(fail);
  return result;
}

/**
 * Runs the handling of a message in its scope, which is settled when the answer is complete. The Errors of the handler are
 * noted by who gives them to the filters; what comes out of an Observable is what the filters have made of them. @internal
 */
export async function runMessage(scope: LogScope, handle: () => unknown): Promise<unknown> {
  const follower = followerOf(scope);
  try {
    const result = await contextStorage.run(scope, handle);
    if (isObservable(result)) return followObservable(result, { ...follower, fail: () => {} });
    follower.end();
    return result;
  } catch (error) {
    follower.fail(error);
    follower.end();
    throw error;
  }
}

/**
 * Runs a function, sync or async, as one unit of work: its records below the pass-through level are written only if it
 * throws, rejects or logs at ERROR. An Observable or async iterator that it returns is part of the work.
 *
 * @throws what `fn` throws; ConfigurationError for bad options.
 */
export function runInScope<T>(options: RunInScopeOptions, fn: () => T): T {
  options = checkedOptions(OWNER, options, false);
  const { fields, manager } = options;
  return runToEnd(openCallScope({ options: compiledOnce(options), tree: manager }, { fields }), fn);
}
