/**
 * The list of all state that belongs to the whole process. Two installed copies of the package (of the application and of a
 * library), perhaps of different versions, share it. Other state belongs to one copy and is a variable of its module.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';

/** The members of a handler that each copy may use. Any copy may have created it. */
export interface SharedHandler {
  readonly id: number;
  readonly name: string | undefined;
  readonly level: number;
  /** True while `emit` runs. */
  readonly emitting: boolean;
  handle(record: object): unknown;
  flush(): unknown;
  flushSync(): void;
  close(): unknown;
  describe(): string;
}

/** One logger. Levels are numbers. */
export interface SharedLogger {
  readonly name: string;
  parent: SharedLogger | undefined;
  level: number;
  disabled: boolean;
  propagate: boolean;
  handlers: SharedHandler[];
  /** Functions, or objects with `filter(record)`. */
  filters: object[];
  /** Only for the root: whether a level was set explicitly. */
  levelWasSet: boolean;
  /** Caches of `core/logger-tree.ts`. A copy that changes a level computes them again. */
  handledFrom: number;
  shownFrom: number;
  enabledFrom: number;
}

/** One tree of loggers. */
export interface SharedTree {
  readonly root: SharedLogger;
  /** By name, without the root. */
  readonly loggers: Map<string, SharedLogger>;
  readonly clock: { now(): number };
  disable: number;
  hasOthers: boolean;
  standIn: SharedTree | undefined;
}

/** The scope that contains the running code. */
export interface SharedScope {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The `Manager` of the scope's tree. Its `data` is a {@link SharedTree}. */
  readonly tree: object;
  readonly outer?: SharedScope | undefined;
  route?(record: object, sink: object): void;
}

/** Failures of one source. */
export interface SharedFailures {
  failures: number;
  unreported: number;
  /** The last report: `source`, `what`, `error`, `subject`. */
  last: object;
  timer: NodeJS.Timeout | undefined;
}

/** The last Errors that were written to the handlers of one tree. */
export interface SharedErrors {
  /** `error` is a WeakRef of an Error, or a thrown value that is no Error. `until` is a time of `performance.now()`. */
  readonly entries: (
    { readonly error: unknown; readonly byCall: boolean; readonly until: number } | undefined
  )[];
  next: number;
}

/** The state of stdout or stderr after the last write. */
export interface SharedDescriptor {
  /** An error has cut the last line, so the next one begins with a newline. */
  cut: boolean;
  /** A wait for the reader has timed out. There is no other wait until it reads something. */
  stalled: boolean;
  /** Writes the text that a handler holds back for the descriptor. It is called before any other write. */
  waiting?: (() => void) | undefined;
}

/**
 * Every slot: its name, its shape, the file that owns it, and what it means.
 *
 * A slot holds data: numbers, texts, plain objects, arrays, collections, objects of Node, and functions with plain
 * arguments. It holds no object of a class of this package, because its methods would be those of one version. Objects of
 * users (handlers, filters, queues, clocks) are used through the members that are listed here.
 *
 * Names and shapes are the contract between versions: add to them, but never rename, remove or redefine anything.
 */
export interface GlobalState {
  /** `core/logger-tree.ts`: the tree of `getLogger()`. */
  tree: SharedTree;
  /** `core/handler.ts`: open handlers, by number and by name. `isWatched`: a copy flushes them at exit. */
  handlers: {
    readonly refs: Map<number, WeakRef<SharedHandler>>;
    readonly names: Map<string, SharedHandler>;
    isWatched: boolean;
  };
  /** `core/handler.ts`: the number of the newest handler. */
  'handler-counter': { last: number };
  /** `core/record-context.ts`: the scope of the running code. */
  context: AsyncLocalStorage<SharedScope | undefined>;
  /** `core/level.ts`: the names of levels, both ways. */
  levels: { readonly nameOf: Map<number, string>; readonly numberOf: Map<string, number> };
  /** `core/diagnostics.ts`: the switches of `loggingSettings`. */
  settings: { raiseExceptions: boolean; captureCaller: boolean; openTelemetry: boolean };
  /** `core/log-record.ts`: when the first copy was loaded, in ms. `relativeCreated` counts from it. */
  loaded: { readonly at: number };
  /** `core/record-factory.ts`: the function of `setLogRecordFactory()`. `making`: it is running. */
  'record-factory': { custom: ((...fields: never[]) => object) | undefined; making: boolean };
  /** `core/record-observer.ts`: the tool that buffers the logs of a test. */
  'record-observer': { current: object | undefined };
  /** `core/last-resort.ts`: writes records if no handler is configured. `warned`: the warning that it is undefined was printed. */
  'last-resort': { handler: SharedHandler | undefined; warned: boolean };
  /** `core/diagnostics.ts`: failures of logging itself, in all and by source. */
  failures: { total: number; readonly sources: Map<string, SharedFailures> };
  /** `core/hand-over.ts`: number of records that left a buffer and have not reached a handler. */
  'records-in-hand': { count: number };
  /** `core/manager.ts`: the listener of `captureWarnings(true)`. */
  warnings: { listener: ((warning: Error) => void) | undefined };
  /** `scope/unit-of-work.ts`: the number of the newest scope, a part of its id. */
  'scope-numbers': { last: number };
  /** `scope/counts.ts`: the counts of each copy, for `stats()`. */
  'scope-counts': Set<Readonly<Record<ScopeCount, number>>>;
  /** `scope/errors-seen.ts`: the Errors of the last seconds, by tree, so that none is written twice. */
  'written-errors': WeakMap<object, SharedErrors>;
  /** `config/loggers.ts`: the handlers of the last `dictConfig()`, by tree and name. */
  configured: WeakMap<object, ReadonlyMap<string, SharedHandler>>;
  /** `config/close-handler.ts`: queues that are closed together with a handler, by its number. */
  'owned-queues': Map<number, { close(): unknown }>;
  /** `nest/decorators/injection.ts`: the names that `@InjectLogger()` was used with. */
  'nest-logger-names': Set<string>;
  /** `nest/application/applications.ts`: Nest applications, the newest last. `isDefaultTreeTaken`: one of them has `tree`. */
  applications: {
    entries: readonly { readonly tree: SharedTree; readonly modules: object | undefined }[];
    isDefaultTreeTaken: boolean;
  };
  /** `internal/stdio.ts`: stdout and stderr. */
  stdio: Record<1 | 2, SharedDescriptor>;
  /** `internal/stdio.ts`: running child processes. */
  'running-children': Set<ChildProcess>;
  /** `internal/earlier-copies.ts`: names of objects of copies from before 0.1.0 that a newer copy has replaced. */
  replaced: Set<string>;
  /** `internal/write-fully.ts`: when this thread has waited for full pipes. Times are of `performance.now()`. */
  'write-waits': { readonly begin: number; end: number; ms: number }[];
}

export type ScopeCount =
  | 'opened'
  | 'settled'
  | 'dumps'
  | 'flooded'
  | 'skipped'
  | 'passed'
  | 'dumped'
  | 'dropped'
  | 'evicted'
  | 'held';

const KEY = Symbol.for('nestjs-hindsight/v1');

/** All slots that were created so far, by name. */
export function globalSlots(): Map<string, object> {
  const holder = globalThis as unknown as Record<symbol, Map<string, object> | undefined>;
  return (holder[KEY] ??= new Map<string, object>());
}

/**
 * The slot of that name. The first copy that asks for it creates it.
 *
 * `T` is the type that the owner uses. It may be more precise than the type in the list.
 */
export function globalState<N extends keyof GlobalState, T extends GlobalState[N]>(
  name: N,
  create: () => T,
): T {
  const slots = globalSlots();
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = create();
    slots.set(name, slot);
  }
  return slot as T;
}
