/** Checks the options of a scope, fills in the defaults and merges options of a route or call into those around them. */
import { ConfigurationError } from '../errors';
import { checkedOptions, readValues, type Settings } from '../internal/options';
import { SCOPE_SPEC, type CompiledScopeOptions, type LogScopeOptions } from './options';
import type { RoutePrefix } from './path-list';

/** A scope that holds fewer is not looked at when room is needed; most requests never hold so many. */
const BIG_SCOPE_RECORDS = 256;
const NO_PREFIX: RoutePrefix = { source: '' };

/** `keepFirst` takes at most half of a small capacity: the records before the failure matter as much as the first ones. */
function firstOf(
  owner: string,
  { capacity, keepFirst }: Settings<typeof SCOPE_SPEC>,
  atMostHalf: boolean,
): number {
  if (atMostHalf) return Math.min(keepFirst, Math.floor(capacity / 2));
  if (keepFirst <= capacity) return keepFirst;
  throw new ConfigurationError(
    `${owner}: "keepFirst" must be at most "capacity" (${capacity}), got ${keepFirst}.`,
  );
}

/**
 * Checks options and fills in missing ones from `base` or the defaults.
 *
 * @param owner - The function or class that the user called, for the errors.
 * @throws ConfigurationError `ERR_LOG_OPTION` or `ERR_LOG_LEVEL` that names the option.
 */
export function compileScopeOptions(
  options: LogScopeOptions,
  base?: CompiledScopeOptions,
  owner = 'logIfErrors',
): CompiledScopeOptions {
  const given: Readonly<Record<string, unknown>> = { ...checkedOptions(owner, options, SCOPE_SPEC) };
  const wanted = Object.entries(SCOPE_SPEC).filter(
    ([name]) => base === undefined || given[name] !== undefined,
  );
  const own = readValues(Object.fromEntries(wanted), given, owner);
  const merged = { ...base, ...own } as Settings<typeof SCOPE_SPEC>;
  const { passThroughLevel, flushLevel, totalCapacity, excludeStatus, excludeErrors } = merged;
  return {
    ...merged,
    keepFirst: firstOf(owner, merged, given['keepFirst'] === undefined && given['capacity'] !== undefined),
    holdAll: passThroughLevel === Infinity,
    holdBelow: Math.min(passThroughLevel, flushLevel),
    bigFrom: Math.min(BIG_SCOPE_RECORDS, Math.floor(totalCapacity / 64)),
    routePrefix: base?.routePrefix ?? NO_PREFIX,
    hasVeto: excludeStatus.length > 0 || excludeErrors.length > 0,
  };
}

/** The options of a scope with overrides. */
export function overrideOptions(
  base: CompiledScopeOptions,
  overrides: LogScopeOptions | CompiledScopeOptions,
): CompiledScopeOptions {
  const given = checkedOptions('LogScope.configure', overrides, false);
  return 'holdAll' in given ? given : compileScopeOptions(given, base, 'LogScope.configure');
}
