/** Runs a function in a scope of its own and settles it by how the function ends. */
import { defaultManager, type Manager } from '../core/manager';
import type { Logger } from '../core/logger';
import { contextStorage } from '../core/record-context';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { readProperty } from '../internal/foreign';
import { watchCrashes } from './crash-watch';
import { LogScope } from './log-scope';
import { SCOPE_OPTIONS } from './check-scope-options';
import { compileScopeOptions, type CompiledScopeOptions, type LogScopeOptions } from './scope-options';
import type { Settlement } from './scope-outcome';
import type { ScopeSink } from './scope-sink';
import { scopeRegistry } from './scope-registry';
import { currentScope } from './scope-storage';

export interface RunInScopeOptions extends LogScopeOptions {
  /** Ids printed on each record of the scope. @defaultValue those of the scope around it */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The tree to log to. @defaultValue that of the scope around it, or the process's */
  readonly manager?: Manager;
}

const OPTIONS = {
  ...SCOPE_OPTIONS,
  fields: true,
  manager: true,
} as const satisfies OptionNames<RunInScopeOptions>;

/** @internal */
export interface CallScopeInit {
  readonly options: CompiledScopeOptions;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  readonly tree?: Manager | undefined;
  readonly title?: () => string;
  readonly logger?: Logger | undefined;
  readonly owner?: ScopeSink | undefined;
}

/**
 * A promise that never settles is collected like any other value, and its scope with it. The count of what it held is
 * then taken back here; the held records themselves are gone with the scope.
 */
const leaks = new FinalizationRegistry<() => void>((forget) => forget());

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
export function openCallScope(init: CallScopeInit): LogScope {
  watchCrashes();
  const parent = currentScope();
  const { fields, title } = init;
  const scope = {
    kind: 'call',
    options: init.options,
    tree: init.tree ?? parent?.tree ?? defaultManager.standIn ?? defaultManager,
    logger: init.logger,
    owner: init.owner,
    // A copy: the ids of a scope stay what they are when it opens.
    ...(fields === undefined ? {} : { fields: { ...fields } }),
    ...(title === undefined ? {} : { title }),
  } as const;
  return new LogScope(scope, parent);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof readProperty(value, 'then') === 'function';
}

/** Work goes on after its call: its end settles the scope, and a scope that is collected before is counted. @internal */
export function awaitEnd(scope: LogScope, settlement?: Settlement): () => void {
  leaks.register(scope, scopeRegistry.forgetLater(scope), scope);
  return () => {
    leaks.unregister(scope);
    scope.settle(settlement);
  };
}

/** Runs `fn` in `scope`; the scope is settled when it returns, throws, or its promise settles. @internal */
export function runCall<T>(scope: LogScope, fn: () => T): T {
  let result: T;
  try {
    result = contextStorage.run(scope, fn);
  } catch (error) {
    scope.fail(error);
    scope.settle();
    throw error;
  }
  if (!isThenable(result)) {
    scope.settle();
    return result;
  }
  const end = awaitEnd(scope);
  // Thenables of other libraries keep their type: only `then` is relied on.
  return result.then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      scope.fail(error);
      end();
      throw error;
    },
  ) as T;
}

/**
 * Runs a function, sync or async, as one unit of work: its records below the pass-through level are written only if it
 * throws, rejects or logs at ERROR.
 *
 * @throws what `fn` throws; ConfigurationError for bad options.
 */
export function runInScope<T>(options: RunInScopeOptions, fn: () => T): T {
  options = checkedOptions(OWNER, options, false);
  const { fields, manager } = options;
  return runCall(openCallScope({ options: compiledOnce(options), fields, tree: manager }), fn);
}
