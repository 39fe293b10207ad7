/** Runs a function in a scope and settles the scope at its end. Used by `runInScope`, `logIfErrors`, decorators, messages and gateways. */
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
import { watchOutgoingHttp } from './outgoing/channels';
import { LogScope, type ScopeInit, type ScopePlace } from './scope';

export interface RunInScopeOptions extends Omit<LogScopeOptions, 'fields'> {
  /** Ids printed on each record of the scope. @defaultValue the ids of the outer scope */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The tree of loggers to log to. @defaultValue the tree of the outer scope, else the default tree */
  readonly manager?: Manager;
}

const OPTIONS = {
  ...SCOPE_SPEC,
  fields: true,
  manager: true,
} as const satisfies OptionNames<RunInScopeOptions>;

/** What a call scope is opened with. Without a tree, it uses the tree of the outer scope, else the default tree. @internal */
export type CallPlace = Omit<ScopePlace, 'tree'> & { readonly tree?: Manager | undefined };

const NOTHING = {};
const OWNER = 'runInScope';
const defaults = compileScopeOptions({});
const compiledBefore = new WeakMap<RunInScopeOptions, CompiledScopeOptions>();

/** Checking options costs more than a scope with 20 records, so each options object is checked once. */
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
  if (options.outgoingHttp !== false) watchOutgoingHttp();
  const parent = currentScope();
  const { fields, title } = init;
  const place: ScopePlace = {
    options,
    tree: tree ?? parent?.tree ?? defaultManager.standIn ?? defaultManager,
    logger,
    owner,
  };
  // A copy, because the fields of a scope must not change after it is opened.
  return new LogScope('call', place, { parent, fields: fields && { ...fields }, title });
}

/** Settles the scope when work that continues after the call ends. If the scope is garbage collected first, its counts are corrected. */
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
 * Runs `work` in `scope` and settles the scope when `work` returns or throws, or when the promise, Observable or async
 * iterator that it returns ends. @internal
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

/** Runs `work` and notes its Error in the scope; the caller settles the scope. @internal */
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
  // The caller gets the original promise with its rejection.
  if (isInstance(result, Promise)) result.catch(fail);
  return result;
}

/**
 * Handles a message in its scope and settles the scope when the answer is complete. An Error of the returned Observable is not
 * noted here: it comes from a filter, and the Error of the handler was noted before the filters ran. @internal
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
 * Runs a function, sync or async, in a scope: its records below the pass-through level are written only if it throws,
 * rejects or logs at ERROR. An Observable or async iterator that it returns is part of the scope.
 *
 * @throws what `fn` throws; ConfigurationError for bad options.
 */
export function runInScope<T>(options: RunInScopeOptions, fn: () => T): T {
  options = checkedOptions(OWNER, options, false);
  const { fields, manager } = options;
  return runToEnd(openCallScope({ options: compiledOnce(options), tree: manager }, { fields }), fn);
}
