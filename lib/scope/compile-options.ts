/** Checks the options of a scope, fills in the defaults, and merges the options of a route or call with those of the application. */
import { ERROR, INFO, parseLevel } from '../core/level';
import { ConfigurationError } from '../errors';
import { checkedOptions } from '../internal/checked-options';
import {
  SCOPE_OPTIONS,
  type CompiledScopeOptions,
  type ExcludedStatus,
  type LogScopeOptions,
  type StatusVeto,
} from './options';
import { PathList, type RoutePrefix } from './path-list';

const CHOICES = {
  onAbort: ['discard', 'dump'],
  afterFlush: ['passthrough', 'rearm'],
  nested: ['promote', 'discard'],
  routes: ['all', 'decorated'],
} as const;

/** A longer time overflows Node's timers, which then fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** @throws ConfigurationError that names the option, the rule and the given value. */
export type Refuse = (option: string, must: string, got: unknown) => never;

/** @param owner - The function or class that the user called. */
export function refusalOf(owner: string): Refuse {
  return (option, must, got) => {
    throw new ConfigurationError(`${owner}: "${option}" must be ${must}, got ${String(got)}.`);
  };
}

function isDelay(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function checkNumbers(options: LogScopeOptions, refuse: Refuse): void {
  const { slowMs, lingerMs, sample, maxDumpsPerSecond } = options;
  for (const name of ['capacity', 'keepFirst', 'totalCapacity', 'maxRecordBytes', 'lingerMs'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      refuse(name, 'a non-negative integer', value);
    }
  }
  if (slowMs !== undefined && slowMs !== false && !isDelay(slowMs)) {
    refuse('slowMs', `a positive number of ms up to ${MAX_TIMER_MS}, or false`, slowMs);
  }
  if (lingerMs !== undefined && lingerMs > MAX_TIMER_MS)
    refuse('lingerMs', `at most ${MAX_TIMER_MS}`, lingerMs);
  if (maxDumpsPerSecond !== undefined && maxDumpsPerSecond !== false && !isPositive(maxDumpsPerSecond)) {
    refuse('maxDumpsPerSecond', 'a positive number, or false', maxDumpsPerSecond);
  }
  if (sample !== undefined && !(sample >= 0 && sample <= 1)) refuse('sample', 'a share from 0 to 1', sample);
}

function checkChoices(options: LogScopeOptions, refuse: Refuse): void {
  for (const [name, allowed] of Object.entries(CHOICES) as [keyof typeof CHOICES, readonly string[]][]) {
    const value = options[name];
    if (value !== undefined && !allowed.includes(value)) refuse(name, `one of ${allowed.join(', ')}`, value);
  }
  for (const name of ['flushOn', 'force', 'onDump'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      refuse(name, 'a function', options[name]);
  }
  for (const name of ['requestRecord', 'dumpRecord'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      refuse(name, 'true or false', options[name]);
  }
  const { snapshot, requestId } = options;
  if (
    snapshot !== undefined &&
    typeof snapshot !== 'function' &&
    !['shallow', 'reference', 'format'].includes(snapshot)
  ) {
    refuse('snapshot', `'shallow', 'reference', 'format' or a function`, snapshot);
  }
  if (requestId !== undefined && requestId !== false && !isIdSource(requestId)) {
    refuse('requestId', 'the name of a header, a function or false', requestId);
  }
}

function isIdSource(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && /^[\w-]+$/.test(value));
}

function isPatterns(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' || item instanceof RegExp);
}

function isExcludedStatus(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Number.isInteger(value);
  return Object.entries(value).every(([status, paths]) => /^\d+$/.test(status) && isPatterns(paths));
}

/** These options are used when a response closes, where a TypeError would end the process. */
function checkLists({ exclude, excludeStatus, excludeErrors }: LogScopeOptions, refuse: Refuse): void {
  if (exclude !== undefined && typeof exclude !== 'function' && !isPatterns(exclude)) {
    refuse('exclude', 'a list of paths and patterns or a function', exclude);
  }
  if (
    excludeStatus !== undefined &&
    !(Array.isArray(excludeStatus) && excludeStatus.every(isExcludedStatus))
  ) {
    refuse('excludeStatus', 'a list such as [404, { 400: [/^\\/probe/] }]', excludeStatus);
  }
  const areClasses =
    Array.isArray(excludeErrors) && excludeErrors.every((type) => typeof type === 'function');
  if (excludeErrors !== undefined && !areClasses)
    refuse('excludeErrors', 'a list of Error classes', excludeErrors);
}

/** @throws ConfigurationError that names the first wrong option. */
export function checkScopeOptions(options: LogScopeOptions, refuse: Refuse): void {
  checkNumbers(options, refuse);
  checkChoices(options, refuse);
  checkLists(options, refuse);
}

const DEFAULTS = {
  capacity: 1000,
  keepFirst: 20,
  totalCapacity: 200_000,
  maxRecordBytes: 16_384,
  excludeErrors: [],
  sample: 0,
  onAbort: 'discard',
  afterFlush: 'passthrough',
  lingerMs: 2000,
  snapshot: 'shallow',
  nested: 'promote',
  routes: 'all',
  requestId: 'x-request-id',
  requestRecord: true,
  dumpRecord: true,
} as const;

const MAX_DUMPS_PER_SECOND = 20;
/** Scopes with fewer records are not searched when the total limit is reached. Most requests never hold so many. */
const BIG_SCOPE_RECORDS = 256;

/** An undefined option overrides nothing. */
function given(options: LogScopeOptions): LogScopeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** `keepFirst` takes at most half of a small capacity: the records before the failure matter as much as the first ones. */
function firstOf(
  { capacity, keepFirst }: Pick<CompiledScopeOptions, 'capacity' | 'keepFirst'>,
  atMostHalf: boolean,
  refuse: Refuse,
): number {
  if (atMostHalf) return Math.min(keepFirst, Math.floor(capacity / 2));
  return keepFirst <= capacity
    ? keepFirst
    : refuse('keepFirst', `at most "capacity" (${capacity})`, keepFirst);
}

const NO_PATHS = new PathList([]);
const NO_PREFIX: RoutePrefix = { source: '' };

function vetoesOf(excluded: readonly ExcludedStatus[]): readonly StatusVeto[] {
  return excluded.flatMap((entry): StatusVeto | StatusVeto[] => {
    if (typeof entry === 'number') return { status: entry, paths: undefined };
    return Object.entries(entry).map(([status, paths]) => ({
      status: Number(status),
      paths: new PathList(paths),
    }));
  });
}

function pathsOf(
  { exclude, excludeStatus }: LogScopeOptions,
  base: CompiledScopeOptions | undefined,
): Pick<CompiledScopeOptions, 'exclude' | 'excludeStatus' | 'routePrefix'> {
  return {
    exclude: Array.isArray(exclude)
      ? new PathList(exclude)
      : ((exclude as CompiledScopeOptions['exclude'] | undefined) ?? base?.exclude ?? NO_PATHS),
    excludeStatus: excludeStatus === undefined ? (base?.excludeStatus ?? []) : vetoesOf(excludeStatus),
    routePrefix: base?.routePrefix ?? NO_PREFIX,
  };
}

function limitOf(own: number | false | undefined, base: CompiledScopeOptions | undefined): number {
  if (own === undefined) return base?.maxDumpsPerSecond ?? MAX_DUMPS_PER_SECOND;
  return own === false ? Infinity : own;
}

function levelsOf(
  own: LogScopeOptions,
  base: CompiledScopeOptions | undefined,
  holdAll: boolean,
): Pick<CompiledScopeOptions, 'passThroughLevel' | 'flushLevel' | 'holdBelow'> {
  const given = own.passThroughLevel ?? base?.passThroughLevel ?? INFO;
  const passThroughLevel = holdAll ? Infinity : typeof given === 'number' ? given : parseLevel(given);
  const flushLevel = own.flushLevel === undefined ? (base?.flushLevel ?? ERROR) : parseLevel(own.flushLevel);
  return { passThroughLevel, flushLevel, holdBelow: Math.min(passThroughLevel, flushLevel) };
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
  const own = given(checkedOptions(owner, options, SCOPE_OPTIONS));
  const refuse = refusalOf(owner);
  checkScopeOptions(own, refuse);
  const merged = { ...(base ?? DEFAULTS), ...own };
  const holdAll =
    own.passThroughLevel === undefined ? (base?.holdAll ?? false) : own.passThroughLevel === null;
  const keepFirst = firstOf(merged, own.keepFirst === undefined && own.capacity !== undefined, refuse);
  const paths = pathsOf(own, base);
  return {
    ...merged,
    ...paths,
    ...levelsOf(own, base, holdAll),
    keepFirst,
    holdAll,
    bigFrom: Math.min(BIG_SCOPE_RECORDS, Math.floor(merged.totalCapacity / 64)),
    flushOn: own.flushOn ?? base?.flushOn,
    force: own.force ?? base?.force,
    onDump: own.onDump ?? base?.onDump,
    maxDumpsPerSecond: limitOf(own.maxDumpsPerSecond, base),
    slowMs: own.slowMs === undefined ? (base?.slowMs ?? 0) : own.slowMs === false ? 0 : own.slowMs,
    hasVeto: paths.excludeStatus.length > 0 || merged.excludeErrors.length > 0,
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
