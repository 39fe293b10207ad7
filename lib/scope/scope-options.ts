/** The options of a scope: what they are, their defaults, and how a caller's are checked and merged. */
import { ERROR, INFO, parseLevel, type LevelInput } from '../core/level';
import { checkedOptions } from '../internal/checked-options';
import { checkScopeOptions, refusalOf, SCOPE_OPTIONS, type Refuse } from './check-scope-options';
import { PathList, type RoutePrefix } from './path-list';
import type { DumpSummary, ScopeOutcome } from './scope-outcome';

/** The parts of a request that options look at. A message has `rpc` or `ws` as method and its pattern as url. */
export interface ScopeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A status, or a status only on some paths: `404` or `{ 400: [/^\/probe/] }`. */
export type ExcludedStatus = number | Readonly<Record<number, readonly (string | RegExp)[]>>;

/**
 * The name of a header, a function that finds the id of a request (undefined: it has none), or false. A method in an object
 * type, so that a function may ask for the request type of its framework.
 */
export type RequestIdOption =
  string | false | { of(request: ScopeRequest): string | string[] | undefined }['of'];

/** How arguments are kept until the outcome is known. */
export type Snapshot = 'shallow' | 'reference' | 'format' | ((argument: unknown) => unknown);

export interface LogScopeOptions {
  /** Records at or above it are written at once; null holds everything. @defaultValue INFO */
  readonly passThroughLevel?: LevelInput | null;
  /** A record at or above it writes the held ones at once. @defaultValue ERROR */
  readonly flushLevel?: LevelInput;
  /** Records held by one scope; beyond it the oldest are evicted and counted. 0 holds none. @defaultValue 1000 */
  readonly capacity?: number;
  /** Of the capacity, the first records are never evicted. @defaultValue 20, at most half of the capacity */
  readonly keepFirst?: number;
  /** Records held by all live scopes together; beyond it the fullest scope evicts. @defaultValue 200_000 */
  readonly totalCapacity?: number;
  /** A longer message or field is cut when it is dumped, with a marker; bytes. @defaultValue 16_384 */
  readonly maxRecordBytes?: number;
  /**
   * Dumps of failures a second of one tree of loggers, and 4 MiB of dumped text a second; beyond it failures are counted and
   * summed up by kind of error. As much again for what did not fail but was picked by `sample`, `slowMs` or `onAbort`. What is
   * forced, or dumped by hand, is never limited. False is no limit. @defaultValue 20
   */
  readonly maxDumpsPerSecond?: number | false;
  /**
   * Whether the work failed. @defaultValue the answer decides: a status from 500, or an Error that was not answered with a
   * 4xx and does not refuse the client, as an HttpException below 500 does
   */
  readonly flushOn?: (outcome: ScopeOutcome) => boolean;
  /** Statuses that are never a failure, such as `[404, { 400: [/^\/probe/] }]`. @defaultValue none */
  readonly excludeStatus?: readonly ExcludedStatus[];
  /** Error classes that are never a failure. @defaultValue none */
  readonly excludeErrors?: readonly (abstract new (...args: never[]) => unknown)[];
  /** Called after each dump, to count it or to alert somebody. @defaultValue none */
  readonly onDump?: (summary: DumpSummary) => void;
  /** A scope that runs longer is dumped while it runs, in ms; false is off. @defaultValue false */
  readonly slowMs?: number | false;
  /** Share of successful scopes that are dumped, 0 to 1, decided by the trace id. @defaultValue 0 */
  readonly sample?: number;
  /** Requests for which everything is written at once, such as those with a signed debug header. @defaultValue none */
  readonly force?: (request: ScopeRequest) => boolean;
  /** What happens when the client leaves and nothing failed. @defaultValue 'discard' */
  readonly onAbort?: 'discard' | 'dump';
  /** After a dump: the rest of the scope passes through, or is held again. @defaultValue 'passthrough' */
  readonly afterFlush?: 'passthrough' | 'rearm';
  /** How long after its end a late ERROR still dumps a scope, in ms. @defaultValue 2000 */
  readonly lingerMs?: number;
  /** Arguments are copied one level deep, kept by reference, or rendered at the call. @defaultValue 'shallow' */
  readonly snapshot?: Snapshot;
  /** A scope inside a scope hands its records to the outer one when it succeeds, or drops them. @defaultValue 'promote' */
  readonly nested?: 'promote' | 'discard';
  /** `decorated`: only `@LogIfErrors()` routes dump. @defaultValue 'all' */
  readonly routes?: 'all' | 'decorated';
  /**
   * Requests without a scope: paths (with everything below, in upper or lower case, without what `setGlobalPrefix` and the
   * versions of a URI put in front), patterns, or a predicate. @defaultValue none
   */
  readonly exclude?: readonly (string | RegExp)[] | ((request: ScopeRequest) => boolean);
  /**
   * Header that carries the request id in and out; or a function that finds the id of a request, which goes out as
   * `x-request-id`; false is off. An id of other than 1 to 256 characters of those that platforms use is replaced by a new
   * one. The function is given the request as middleware gets it, of a message `{ method, url, headers }`.
   * @defaultValue 'x-request-id'
   */
  readonly requestId?: RequestIdOption;
  /** One record at the end of each request. @defaultValue true */
  readonly requestRecord?: boolean;
  /**
   * One INFO record in front of each dump: what was done, for how long, the Error, how many records follow and how many
   * are missing, request id and trace. @defaultValue true; false with `logIfErrors()`
   */
  readonly dumpRecord?: boolean;
}

type Compiled = Required<
  Omit<
    LogScopeOptions,
    | 'passThroughLevel'
    | 'flushLevel'
    | 'flushOn'
    | 'onDump'
    | 'force'
    | 'slowMs'
    | 'maxDumpsPerSecond'
    | 'exclude'
    | 'excludeStatus'
  >
>;

/** A status that is never a failure; `paths` undefined: wherever it is answered. */
export interface StatusVeto {
  readonly status: number;
  readonly paths: PathList | undefined;
}

/** Checked options with every default filled in. */
export interface CompiledScopeOptions extends Compiled {
  /** Infinity stands for null: nothing passes through. */
  readonly passThroughLevel: number;
  /** `passThroughLevel: null`: at a success the records that pass the target's own level are written. */
  readonly holdAll: boolean;
  readonly flushLevel: number;
  readonly flushOn: ((outcome: ScopeOutcome) => boolean) | undefined;
  readonly force: ((request: ScopeRequest) => boolean) | undefined;
  readonly onDump: ((summary: DumpSummary) => void) | undefined;
  /** ms; 0 is off */
  readonly slowMs: number;
  /** Infinity is no limit. */
  readonly maxDumpsPerSecond: number;
  readonly exclude: PathList | ((request: ScopeRequest) => boolean);
  readonly excludeStatus: readonly StatusVeto[];
  /** What the paths of `exclude` and `excludeStatus` may have in front of them. */
  readonly routePrefix: RoutePrefix;
  /** A veto is set, so a level trigger waits for the outcome. */
  readonly hasVeto: boolean;
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

/** Options left undefined do not override anything, whether the key is there or not. */
function given(options: LogScopeOptions): LogScopeOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A small capacity keeps its newest half: the records nearest to the failure matter as much as the inputs. */
function firstOf({ capacity, keepFirst }: Compiled, atMostHalf: boolean, refuse: Refuse): number {
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

/**
 * Checks options and fills in what is missing, from `base` or the defaults.
 *
 * @param owner - What the user called, for the errors.
 * @throws ConfigurationError `ERR_LOG_OPTION` or `ERR_LOG_LEVEL` naming the option.
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
  const passThrough = own.passThroughLevel ?? base?.passThroughLevel ?? INFO;
  const keepFirst = firstOf(merged, own.keepFirst === undefined && own.capacity !== undefined, refuse);
  const paths = pathsOf(own, base);
  return {
    ...merged,
    ...paths,
    keepFirst,
    holdAll,
    passThroughLevel: holdAll
      ? Infinity
      : typeof passThrough === 'number'
        ? passThrough
        : parseLevel(passThrough),
    flushLevel: own.flushLevel === undefined ? (base?.flushLevel ?? ERROR) : parseLevel(own.flushLevel),
    flushOn: own.flushOn ?? base?.flushOn,
    force: own.force ?? base?.force,
    onDump: own.onDump ?? base?.onDump,
    maxDumpsPerSecond: limitOf(own.maxDumpsPerSecond, base),
    slowMs: own.slowMs === undefined ? (base?.slowMs ?? 0) : own.slowMs === false ? 0 : own.slowMs,
    hasVeto: paths.excludeStatus.length > 0 || merged.excludeErrors.length > 0,
  };
}

/** The options of a scope that takes over others. */
export function overrideOptions(
  base: CompiledScopeOptions,
  overrides: LogScopeOptions | CompiledScopeOptions,
): CompiledScopeOptions {
  const given = checkedOptions('LogScope.configure', overrides, false);
  return 'holdAll' in given ? given : compileScopeOptions(given, base, 'LogScope.configure');
}
