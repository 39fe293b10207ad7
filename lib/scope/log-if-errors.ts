/** The cookbook's decorator: a function's records are written only if it fails. */
import type { Handler } from '../core/handler';
import type { LevelInput } from '../core/level';
import type { Logger } from '../core/logger';
import { StreamHandler } from '../handlers/stream.handler';
import { checkedOptions, type OptionNames } from '../internal/options';
import { attachHindsight } from './attach-hindsight';
import { openCallScope, runToEnd } from './call';
import { compileScopeOptions } from './compile-options';
import { SCOPE_SPEC, type LogScopeOptions } from './options';
import type { ScopeSink } from './records';

export interface LogIfErrorsOptions extends LogScopeOptions {
  /**
   * Where the records go.
   * @defaultValue the HindsightHandler the logger already has, else a StreamHandler on stderr
   */
  readonly target?: Handler;
  /**
   * Records at or above it are written at once; null writes the records of a success at its end.
   * @defaultValue INFO with the logger's HindsightHandler; with a target, a success writes nothing
   */
  readonly passThroughLevel?: LevelInput | null;
}

const OPTIONS = {
  ...SCOPE_SPEC,
  target: true,
} as const satisfies OptionNames<LogIfErrorsOptions>;

/** Shared by all functions, so that functions that call each other write nothing twice. */
let sharedTarget: StreamHandler | undefined;

function defaultTarget(): Handler {
  return (sharedTarget ??= new StreamHandler());
}

/** Does not use `instanceof`: the handler may belong to another copy of the package. */
function actsEverywhere(handler: Handler & Partial<ScopeSink>): boolean {
  return (
    typeof handler.write === 'function' &&
    handler.isShared !== undefined &&
    handler.ownPassThroughLevel === undefined
  );
}

function hasHindsight(logger: Logger): boolean {
  for (let at: Logger | undefined = logger; at !== undefined; at = at.propagate ? at.parent : undefined) {
    if (at.handlers.some(actsEverywhere)) return true;
  }
  return false;
}

/**
 * Decorates a function, sync or async: its records on `logger` are held, and written to the target if the function throws,
 * rejects, or logs at `flushLevel`. Each call has its own records.
 *
 * Port of log_if_errors in CPython's logging cookbook. The difference: at `capacity` the oldest records are evicted and not
 * written, so that a success never writes.
 *
 * @example
 * const place = logIfErrors(getLogger('orders'), { target: new FileHandler('orders.log') })(placeOrder);
 */
export function logIfErrors(
  logger: Logger,
  options: LogIfErrorsOptions = {},
): <Args extends unknown[], Result>(fn: (...args: Args) => Result) => (...args: Args) => Result {
  const { target, ...scopeOptions } = checkedOptions('logIfErrors', options, OPTIONS);
  const compiled = compileScopeOptions({ ...scopeOptions, dumpRecord: scopeOptions.dumpRecord ?? false });
  const ownTarget = target ?? (hasHindsight(logger) ? undefined : defaultTarget());
  const owner =
    ownTarget &&
    attachHindsight(logger, ownTarget, {
      ownScopesOnly: true,
      passThroughLevel: scopeOptions.passThroughLevel === undefined ? Infinity : compiled.passThroughLevel,
    });
  const place = { options: compiled, tree: logger.manager, logger, owner };
  return <Args extends unknown[], Result>(fn: (...args: Args) => Result) => {
    const decorated = function (this: unknown, ...args: Args): Result {
      return runToEnd(openCallScope(place), () => fn.apply(this, args));
    };
    Object.defineProperty(decorated, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(decorated, 'length', { value: fn.length, configurable: true });
    return decorated;
  };
}
