/** A tree of loggers, and the functions for the default tree. */
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { systemClock, type Clock } from '../internal/clock';
import { forward, replaceShared } from '../internal/earlier-copies';
import { globalState, type GlobalState } from '../internal/global-state';
import { parseLevel, type LevelInput } from './level';
import { Logger } from './logger';
import {
  defaultTree,
  newLoggerData,
  newTreeData,
  updateThreshold,
  updateThresholds,
  type LoggerData,
  type TreeData,
} from './logger-tree';

/** Ports logging.RootLogger (CPython 3.14). Its level is WARNING by default. */
export class RootLogger extends Logger {
  /** Whether a level was set explicitly. RequestMemoryHandler lowers the root's level to DEBUG only if not. */
  get levelWasSet(): boolean {
    return this.data.levelWasSet;
  }
  set levelWasSet(value: boolean) {
    this.data.levelWasSet = value;
  }

  override setLevel(level: number | string): void {
    super.setLevel(level);
    this.levelWasSet = true;
  }
}

export interface ManagerOptions {
  /** Where `created` comes from. @defaultValue the system's clock */
  readonly clock?: Clock;
}

const OPTIONS = { clock: true } as const satisfies OptionNames<ManagerOptions>;

/** The possible names of a logger's parents, longest first. As in CPython, the first of two dots in a row is skipped. */
function* prefixesOf(name: string): Generator<string> {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 2))
    yield name.slice(0, dot);
}

function isBelow(name: string, ancestor: string): boolean {
  if (!name.startsWith(`${ancestor}.`)) return false;
  for (const prefix of prefixesOf(name)) if (prefix === ancestor) return true;
  return false;
}

/** The first manager of each tree. It gives access to scopes of other copies of the package. */
const managers = new WeakMap<TreeData, Manager>();

/**
 * A separate tree of loggers, for tests and for two applications in one process. Ports logging.Manager (CPython 3.14).
 * Most programs use the tree of `getLogger`.
 *
 * Differs: a logger named `r`, `ro` or `roo` becomes the parent of earlier loggers below it. CPython compares the names with
 * `root`, so it does not.
 */
export class Manager {
  readonly root: RootLogger;
  readonly clock: Clock;
  /** True if the function `getLogger` uses this tree. */
  readonly isDefault: boolean;
  /** True for the loggers of `getLogger`, which write to any application of the process. @internal */
  isForAll = false;
  /** The tree itself, which other copies of the package may share. @internal */
  readonly data: TreeData;
  readonly #loggers = new Map<string, Logger>();

  constructor(options?: ManagerOptions);
  /** @internal */
  constructor(options: ManagerOptions, data: TreeData);
  constructor(options: ManagerOptions = {}, data?: TreeData) {
    options = checkedOptions(new.target.name, options, new.target === Manager && OPTIONS);
    this.data = data ?? newTreeData(options.clock ?? systemClock);
    this.clock = this.data.clock;
    this.isDefault = this.data === defaultTree;
    this.root = new RootLogger(this.data.root, this);
    if (!managers.has(this.data)) managers.set(this.data, this);
  }

  /** All loggers of the tree drop records at or below this level. */
  get disable(): number {
    return this.data.disable;
  }
  set disable(level: LevelInput) {
    this.data.disable = parseLevel(level);
    this.updateEnabled();
  }

  /**
   * The logger with this name, always the same object. `''`, `'root'` and undefined return the root.
   *
   * @throws ConfigurationError if the name is not a string.
   */
  getLogger(name?: string): Logger {
    if (name === undefined || name === '' || name === 'root') return this.root;
    const existing = this.#loggers.get(name);
    if (existing !== undefined) return existing;
    if (typeof name !== 'string') {
      throw new ConfigurationError(`getLogger: a logger name must be a string, got ${typeof name}.`);
    }
    const logger = new Logger(this.data.loggers.get(name) ?? this.#add(name), this);
    this.#loggers.set(name, logger);
    return logger;
  }

  /** Existing loggers, without the root. */
  get loggers(): ReadonlyMap<string, Logger> {
    // Another copy of the package may have created some.
    if (this.#loggers.size !== this.data.loggers.size)
      for (const name of this.data.loggers.keys()) this.getLogger(name);
    return this.#loggers;
  }

  /** Loggers whose parent is this one and whose name is one part longer. */
  childrenOf(parent: Logger): ReadonlySet<Logger> {
    const depth = parent === this.root ? 1 : parent.name.split('.').length + 1;
    return new Set(
      [...this.loggers.values()].filter(
        ({ data, name }) => data.parent === parent.data && name.split('.').length === depth,
      ),
    );
  }

  /** The newest application's tree, if it is not this one. Records outside of scopes go there. @internal */
  get standIn(): Manager | undefined {
    const { standIn } = this.data;
    return standIn === undefined ? undefined : managerOf(standIn);
  }

  /** Computes all cached thresholds again after a change of levels. @internal */
  updateEnabled(): void {
    updateThresholds(this.data);
  }

  /** This copy's manager for the tree of a scope, which another copy of the package may have opened. @internal */
  sharing(tree: object): Manager {
    return managerOf((tree as Manager).data);
  }

  #add(name: string): LoggerData {
    const data = newLoggerData(name);
    this.data.loggers.set(name, data);
    data.parent = this.#parentOf(name);
    this.#adopt(data);
    updateThreshold(this.data, data);
    return data;
  }

  #parentOf(name: string): LoggerData {
    for (const prefix of prefixesOf(name)) {
      const ancestor = this.data.loggers.get(prefix);
      if (ancestor !== undefined) return ancestor;
    }
    return this.data.root;
  }

  /** Makes the new logger the parent of earlier loggers below it. */
  #adopt(data: LoggerData): void {
    const prefix = `${data.name}.`;
    for (const other of this.data.loggers.values()) {
      const parent = other.parent;
      if (parent === undefined || parent === data || !isBelow(other.name, data.name)) continue;
      // Only a parent above the new logger is replaced, not one between the two.
      if (!parent.name.startsWith(prefix)) other.parent = data;
    }
  }
}

function managerOf(tree: TreeData): Manager {
  return managers.get(tree) ?? new Manager({}, tree);
}

/** The tree behind `getLogger`. */
export const defaultManager = new Manager({}, defaultTree);
defaultManager.isForAll = true;
replaceShared('manager', defaultManager, (earlier) => {
  for (const logger of [earlier.root, ...earlier.loggers.values()]) {
    const own = defaultManager.getLogger(logger.name);
    const { level, disabled, propagate, handlers, filters } = logger;
    const levelWasSet = 'levelWasSet' in logger && logger.levelWasSet;
    Object.assign(own.data, { level, levelWasSet, disabled, propagate, handlers, filters });
    forward(logger, own);
  }
  defaultManager.disable = earlier.disable;
});

/** Another manager for the default tree. Its loggers always write to one application. @internal */
export function newDefaultTreeManager(): Manager {
  return new Manager({}, defaultTree);
}

/** The logger with this name in the default tree. Ports logging.getLogger (CPython 3.14). */
export function getLogger(name?: string): Logger {
  return defaultManager.getLogger(name);
}

/** Drops all records at or below a level, for all loggers. `disable(NOTSET)` undoes it. Ports logging.disable (3.7). */
export function disable(level: LevelInput = 'CRITICAL'): void {
  defaultManager.disable = level;
}

/** Limits for a name from outside, since names are cached and searched once for each level. */
const MAX_NAME_LENGTH = 256;
const MAX_NAME_LEVELS = 32;

/** The name of a received record, cut if it is too long or has too many levels. */
export function receivedName(name: string): string {
  if (name.length <= MAX_NAME_LEVELS) return name;
  let end = name.length > MAX_NAME_LENGTH ? MAX_NAME_LENGTH - 1 : name.length;
  let levels = 1;
  for (let dot = name.indexOf('.'); dot !== -1 && dot < end; dot = name.indexOf('.', dot + 1))
    if (++levels > MAX_NAME_LEVELS) end = dot;
  if (end === name.length) return name;
  // A copy, since a slice would keep the whole name in memory.
  return Buffer.from(`${name.slice(0, end)}…`, 'utf16le').toString('utf16le');
}

/** The logger with this name, or else its nearest ancestor, without creating one. Both reach the same handlers. */
export function nearestLogger({ loggers, root }: Manager, name: string): Logger {
  const exact = loggers.get(name);
  if (exact !== undefined) return exact;
  const searched = receivedName(name);
  for (let end = searched.length; end > 0; end = searched.lastIndexOf('.', end - 1)) {
    const logger = loggers.get(searched.slice(0, end));
    if (logger !== undefined) return logger;
  }
  return root;
}

const slot = globalState('warnings', (): GlobalState['warnings'] => ({ listener: undefined }));

/**
 * Logs Node's process warnings to the logger `node.warnings` at WARNING. `false` stops it. Ports logging.captureWarnings
 * (CPython 3.14). Differs: Node also prints the warning on stderr, unless it runs with `--no-warnings`.
 */
export function captureWarnings(on: boolean): void {
  if (on === (slot.listener !== undefined)) return;
  if (slot.listener !== undefined) {
    process.off('warning', slot.listener);
    slot.listener = undefined;
    return;
  }
  slot.listener = (warning) => {
    const logger = getLogger('node.warnings');
    // Node has printed it already, and the last resort would print it again.
    if (logger.hasHandlers()) logger.warning('%s: %s', warning.name, warning.message, warning);
  };
  process.on('warning', slot.listener);
}
