/** One tree of loggers. */
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/options';
import { systemClock, type Clock } from '../internal/clock';
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
import { RootLogger } from './root-logger';

export interface ManagerOptions {
  /** Where `created` comes from. @defaultValue the system's clock */
  readonly clock?: Clock;
}

const OPTIONS = { clock: true } as const satisfies OptionNames<ManagerOptions>;

/** The names a logger's parents may have, longest first. As CPython, it steps over the first of two dots in a row. */
function* prefixesOf(name: string): Generator<string> {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 2))
    yield name.slice(0, dot);
}

function isBelow(name: string, ancestor: string): boolean {
  if (!name.startsWith(`${ancestor}.`)) return false;
  for (const prefix of prefixesOf(name)) if (prefix === ancestor) return true;
  return false;
}

/** The first manager of each tree: scopes of other copies of the package are reached through it. */
const managers = new WeakMap<TreeData, Manager>();

/**
 * An isolated tree, for tests and for two applications in one process. Ports logging.Manager (CPython 3.14).
 * Most programs use the one behind `getLogger`.
 *
 * Differs: a logger named `r`, `ro` or `roo` becomes the parent of those below it that were made before; CPython takes
 * the root for one of its family.
 */
export class Manager {
  readonly root: RootLogger;
  readonly clock: Clock;
  /** True if the function `getLogger` uses this tree. */
  readonly isDefault: boolean;
  /** Its loggers write for all applications of the process: those of `getLogger`. @internal */
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

  /** Records at or below it are dropped by all loggers of the tree. */
  get disable(): number {
    return this.data.disable;
  }
  set disable(level: LevelInput) {
    this.data.disable = parseLevel(level);
    this.updateEnabled();
  }

  /**
   * The logger of that name, always the same one. `''`, `'root'` and nothing are the root.
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

  /** Loggers made so far, without the root. */
  get loggers(): ReadonlyMap<string, Logger> {
    // Another copy of the package may have made some.
    if (this.#loggers.size !== this.data.loggers.size)
      for (const name of this.data.loggers.keys()) this.getLogger(name);
    return this.#loggers;
  }

  /** Loggers whose name is one part longer and whose parent is this one. */
  childrenOf(parent: Logger): ReadonlySet<Logger> {
    const depth = parent === this.root ? 1 : parent.name.split('.').length + 1;
    return new Set(
      [...this.loggers.values()].filter(
        ({ data, name }) => data.parent === parent.data && name.split('.').length === depth,
      ),
    );
  }

  /** The tree of the newest application, where that is not this one: records outside of scopes go there. @internal */
  get standIn(): Manager | undefined {
    const { standIn } = this.data;
    return standIn === undefined ? undefined : managerOf(standIn);
  }

  /** Levels changed: every cached threshold is computed again. @internal */
  updateEnabled(): void {
    updateThresholds(this.data);
  }

  /** This copy's manager of the tree of a scope, which another copy of the package may have opened. @internal */
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

  /** Loggers below that were made earlier get the new one as parent. */
  #adopt(data: LoggerData): void {
    const prefix = `${data.name}.`;
    for (const other of this.data.loggers.values()) {
      const parent = other.parent;
      if (parent === undefined || parent === data || !isBelow(other.name, data.name)) continue;
      // A parent between the two keeps its place: only one above the new logger is replaced by it.
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

/** The same tree through loggers of one application's own: what they write is that application's. @internal */
export function newDefaultTreeManager(): Manager {
  return new Manager({}, defaultTree);
}

/** The logger of that name in the process's tree. Ports logging.getLogger (CPython 3.14). */
export function getLogger(name?: string): Logger {
  return defaultManager.getLogger(name);
}

/** Drops everything at or below a level, for all loggers; `disable(NOTSET)` undoes it. Ports logging.disable (3.7). */
export function disable(level: LevelInput = 'CRITICAL'): void {
  defaultManager.disable = level;
}

/** Of a name that is not the application's own: each is kept, and is searched for once for each of its levels. */
const MAX_NAME_LENGTH = 256;
const MAX_NAME_LEVELS = 32;

/** The name of a received record: what is longer, or deeper, is cut, with a mark. */
export function receivedName(name: string): string {
  if (name.length <= MAX_NAME_LEVELS) return name;
  let end = name.length > MAX_NAME_LENGTH ? MAX_NAME_LENGTH - 1 : name.length;
  let levels = 1;
  for (let dot = name.indexOf('.'); dot !== -1 && dot < end; dot = name.indexOf('.', dot + 1))
    if (++levels > MAX_NAME_LEVELS) end = dot;
  if (end === name.length) return name;
  // Through bytes: a slice would keep all of the long name alive.
  return Buffer.from(`${name.slice(0, end)}…`, 'utf16le').toString('utf16le');
}

/** The logger of that name, or the one that would be its parent: what its handlers get is the same. Makes none. */
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
