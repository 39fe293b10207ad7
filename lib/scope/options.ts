/** The options of a scope, and what their functions are given. */
import { level, parseLevel, type LevelInput } from '../core/level';
import {
  accepting,
  boolean,
  callback,
  integer,
  number,
  oneOf,
  otherwise,
  rule,
  type Settings,
  type SpecOf,
} from '../internal/options';
import { OUTGOING_HTTP, type OutgoingHttpOptions } from './outgoing-options';
import { PathList, type RoutePrefix } from './path-list';

/** A request, a message of a microservice, an event of a WebSocket gateway, or a call. */
export type ScopeKind = 'http' | 'rpc' | 'ws' | 'call';

/** The outcome of a unit of work. */
export interface ScopeOutcome {
  readonly kind: ScopeKind;
  /** HTTP status of the response; undefined outside HTTP. */
  readonly status: number | undefined;
  /** The first Error of the work. */
  readonly error: unknown;
  /** The client disconnected before the response was complete. */
  readonly aborted: boolean;
  readonly durationMs: number;
  /** Path of the request, without the query; the pattern of a message. */
  readonly path: string | undefined;
}

/** Data of a dump, for `onDump`. */
export interface DumpSummary {
  readonly kind: ScopeKind;
  /** The request, such as `GET /orders/13`, or the name of other work. */
  readonly title: string;
  /** The reason, as on the dumped records: `error`, `status 503`, `level ERROR`, `slow`, … */
  readonly reason: string;
  /** The first Error of the scope so far. */
  readonly error: unknown;
  /** The id of the scope, as on the dumped records. */
  readonly scope: string;
  /** The ids on the records of the scope, such as `requestId` and `traceId`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Time since the scope was opened. */
  readonly durationMs: number;
  /** Records that the dump wrote; evicted records are not included. */
  readonly records: number;
}

/** The parts of a request that options use. A message has `rpc` or `ws` as method and its pattern as url. */
export interface ScopeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A status, or a status only on some paths: `404` or `{ 400: [/^\/probe/] }`. */
export type ExcludedStatus = number | Readonly<Record<number, readonly (string | RegExp)[]>>;

/**
 * The name of a header, a function that returns the id of a request (undefined if it has none), or false. The type is a method
 * in an object type, so that the parameter of a function may have the request type of a framework.
 */
export type RequestIdOption =
  string | false | { of(request: ScopeRequest): string | string[] | undefined }['of'];

/** Returns fields of a request or message. A method in an object type, as `RequestIdOption`. */
export type FieldsOption = { of(request: ScopeRequest): Readonly<Record<string, unknown>> | undefined }['of'];

/** How arguments are copied while a record is held. */
export type Snapshot = 'shallow' | 'reference' | 'format' | ((argument: unknown) => unknown);

export interface LogScopeOptions {
  /** Records at or above it are written at once; null holds everything. @defaultValue INFO */
  readonly passThroughLevel?: LevelInput | null;
  /** A record at or above it dumps the scope at once. @defaultValue ERROR */
  readonly flushLevel?: LevelInput;
  /** Maximum of records that one scope holds; then the oldest are evicted and counted. 0 holds none. @defaultValue 1000 */
  readonly capacity?: number;
  /** This many first records are never evicted. @defaultValue 20, at most half of the capacity */
  readonly keepFirst?: number;
  /** Maximum of records that all live scopes together hold; then the fullest scope evicts. @defaultValue 200_000 */
  readonly totalCapacity?: number;
  /** A longer message or field is cut, with a marker, when it is dumped; in bytes. @defaultValue 16_384 */
  readonly maxRecordBytes?: number;
  /**
   * Maximum of dumps of failures per second for one tree of loggers, with at most 4 MiB of dumped text per second. Further
   * failures are counted, and reported by kind of Error. Dumps by `sample`, `slowMs` or `onAbort` have a separate limit of the
   * same size. Scopes that are forced or dumped by hand are not limited. False is no limit. @defaultValue 20
   */
  readonly maxDumpsPerSecond?: number | false;
  /**
   * Whether the work failed. @defaultValue true for a status of 500 or above, and for an Error, unless it was answered with a
   * 4xx or refuses the client, like an HttpException below 500
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
  /** Requests whose records are all written at once, such as those with a signed debug header. @defaultValue none */
  readonly force?: (request: ScopeRequest) => boolean;
  /** What happens if the client disconnects and nothing failed. @defaultValue 'discard' */
  readonly onAbort?: 'discard' | 'dump';
  /** After a dump, later records of the scope are written at once, or held again. @defaultValue 'passthrough' */
  readonly afterFlush?: 'passthrough' | 'rearm';
  /** How long after its end a late ERROR still dumps a scope, in ms. @defaultValue 2000 */
  readonly lingerMs?: number;
  /** Arguments are copied one level deep, kept by reference, or rendered at the call. @defaultValue 'shallow' */
  readonly snapshot?: Snapshot;
  /** An inner scope that succeeds hands its records to the outer scope, or drops them. @defaultValue 'promote' */
  readonly nested?: 'promote' | 'discard';
  /** With `decorated`, only routes with `@LogIfErrors()` are dumped. @defaultValue 'all' */
  readonly routes?: 'all' | 'decorated';
  /**
   * Requests without a scope: paths, patterns, or a predicate. A path includes everything below it, in upper or lower case, and
   * does not need the prefix of `setGlobalPrefix` or a URI version. @defaultValue none
   */
  readonly exclude?: readonly (string | RegExp)[] | ((request: ScopeRequest) => boolean);
  /**
   * The header of the request id, incoming and outgoing; or a function that returns the id of a request, which is sent as
   * `x-request-id`; false is off. An id must have 1 to 256 characters of those that platforms use; any other is replaced by a
   * new one. The function gets the request as middleware gets it, or for a message `{ method, url, headers }`.
   * @defaultValue 'x-request-id'
   */
  readonly requestId?: RequestIdOption;
  /**
   * One DEBUG record for each outgoing HTTP request of the scope: `node:http`, `node:https`, `fetch` and undici, and the libraries
   * that use them. @defaultValue true
   */
  readonly outgoingHttp?: boolean | OutgoingHttpOptions;
  /**
   * Returns fields for the records of a request or message, such as its tenant. Called when the scope ends or is dumped, with the
   * same argument as the function of `requestId`. @defaultValue none
   */
  readonly fields?: FieldsOption;
  /** One record at the end of each request. @defaultValue true */
  readonly requestRecord?: boolean;
  /**
   * One INFO record at the start of each dump: title, duration, Error, the numbers of records that follow and that are
   * missing, request id and trace. @defaultValue true; false with `logIfErrors()`
   */
  readonly dumpRecord?: boolean;
}

/** A status that is never a failure; `paths` undefined: wherever it is answered. */
export interface StatusVeto {
  readonly status: number;
  readonly paths: PathList | undefined;
}

/** A longer time overflows Node's timers, which then fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isClasses(value: unknown): value is Required<LogScopeOptions>['excludeErrors'] {
  return Array.isArray(value) && value.every(isFunction);
}

function isSnapshot(value: unknown): value is Snapshot {
  return isFunction(value) || ['shallow', 'reference', 'format'].includes(value as string);
}

function isIdSource(value: unknown): value is RequestIdOption {
  return value === false || isFunction(value) || (typeof value === 'string' && /^[\w-]+$/.test(value));
}

function isPatterns(value: unknown): value is readonly (string | RegExp)[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' || item instanceof RegExp);
}

function isExcludedStatus(value: unknown): value is ExcludedStatus {
  if (typeof value !== 'object' || value === null) return Number.isInteger(value);
  return Object.entries(value).every(([status, paths]) => /^\d+$/.test(status) && isPatterns(paths));
}

function vetoesOf(value: unknown): readonly StatusVeto[] | undefined {
  if (!Array.isArray(value) || !value.every(isExcludedStatus)) return undefined;
  return value.flatMap((entry): StatusVeto | StatusVeto[] => {
    if (typeof entry === 'number') return { status: entry, paths: undefined };
    return Object.entries(entry).map(([status, paths]) => ({
      status: Number(status),
      paths: new PathList(paths),
    }));
  });
}

function excludeOf(value: unknown): PathList | ((request: ScopeRequest) => boolean) | undefined {
  if (isPatterns(value)) return new PathList(value);
  return isFunction(value) ? (value as (request: ScopeRequest) => boolean) : undefined;
}

/** Lists are checked to their end: they are used when a response closes, where a TypeError would end the process. */
export const SCOPE_SPEC = {
  /** Infinity stands for null: nothing passes through. */
  passThroughLevel: rule(
    'a level, or null',
    (value) => (value === null ? Infinity : parseLevel(value as LevelInput)),
    { fallback: 'INFO' },
  ),
  flushLevel: level('ERROR'),
  capacity: integer(0, 1000),
  keepFirst: integer(0, 20),
  totalCapacity: integer(0, 200_000),
  maxRecordBytes: integer(0, 16_384),
  /** Infinity is no limit. */
  maxDumpsPerSecond: rule(
    'a positive number, or false',
    (value) => (value === false ? Infinity : isPositive(value) ? value : undefined),
    { fallback: 20 },
  ),
  flushOn: callback<(outcome: ScopeOutcome) => boolean>({ otherwise: 'the answer decides' }),
  excludeStatus: rule('a list such as [404, { 400: [/^\\/probe/] }]', vetoesOf, {
    fallback: [],
    otherwise: 'none',
  }),
  excludeErrors: accepting('a list of Error classes', isClasses, { fallback: [], otherwise: 'none' }),
  onDump: callback<(summary: DumpSummary) => void>(),
  /** 0 is off. */
  slowMs: rule(
    `a positive number of ms up to ${MAX_TIMER_MS}, or false`,
    (value) => (value === false ? 0 : isPositive(value) && value <= MAX_TIMER_MS ? value : undefined),
    { fallback: false },
  ),
  sample: number(0, 0, 1),
  force: callback<(request: ScopeRequest) => boolean>(),
  onAbort: oneOf(['discard', 'dump'], 'discard'),
  afterFlush: oneOf(['passthrough', 'rearm'], 'passthrough'),
  lingerMs: integer(0, 2000, MAX_TIMER_MS),
  snapshot: accepting("'shallow', 'reference', 'format' or a function", isSnapshot, { fallback: 'shallow' }),
  nested: oneOf(['promote', 'discard'], 'promote'),
  routes: oneOf(['all', 'decorated'], 'all'),
  exclude: rule('a list of paths and patterns, or a function', excludeOf, {
    fallback: [],
    otherwise: 'none',
  }),
  requestId: accepting('the name of a header, a function or false', isIdSource, { fallback: 'x-request-id' }),
  outgoingHttp: OUTGOING_HTTP,
  fields: callback<FieldsOption>(),
  requestRecord: boolean(true),
  dumpRecord: otherwise(boolean(true), 'true; false with `logIfErrors()`'),
} satisfies SpecOf<LogScopeOptions>;

/** Checked options with every default filled in. */
export interface CompiledScopeOptions extends Settings<typeof SCOPE_SPEC> {
  /** `passThroughLevel: null`: at a success the records that pass the target's own level are written. */
  readonly holdAll: boolean;
  /** Records below it are held while nothing has failed: the lower one of the two levels. */
  readonly holdBelow: number;
  /** Scopes that hold more records are searched when all scopes together hold too many. */
  readonly bigFrom: number;
  /** What the paths of `exclude` and `excludeStatus` may have in front of them. */
  readonly routePrefix: RoutePrefix;
  /** `excludeStatus` or `excludeErrors` is set, so a record at `flushLevel` waits for the outcome. */
  readonly hasVeto: boolean;
}
