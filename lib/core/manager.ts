/** One tree of loggers. */
import { ConfigurationError } from '../errors';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { systemClock, type Clock } from '../internal/clock';
import { processSlot } from '../internal/process-slot';
import { NOTSET, parseLevel, type LevelInput } from './level';
import { Logger } from './logger';
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
  /** Whether this is the tree of the module function `getLogger`. */
  readonly isDefault: boolean;
  /** @internal Whether an application of this process has a tree beside this one; only ever of the default tree. */
  hasOthers = false;
  /** @internal The tree of the newest application, where that is not this one: records outside of scopes go there. */
  standIn: Manager | undefined;
  readonly #loggers = new Map<string, Logger>();
  #disable = NOTSET;

  constructor(options: ManagerOptions = {}, isDefault = false) {
    options = checkedOptions(new.target.name, options, new.target === Manager && OPTIONS);
    this.clock = options.clock ?? systemClock;
    this.isDefault = isDefault;
    this.root = new RootLogger(this);
    this.updateEnabled();
  }

  /** Records at or below it are dropped by all loggers of the tree. */
  get disable(): number {
    return this.#disable;
  }
  set disable(level: LevelInput) {
    this.#disable = parseLevel(level);
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
    const logger = new Logger(name, this);
    this.#loggers.set(name, logger);
    logger.parent = this.#parentOf(name);
    this.#adopt(logger);
    logger.updateEnabled();
    return logger;
  }

  /** Loggers made so far, without the root. */
  get loggers(): ReadonlyMap<string, Logger> {
    return this.#loggers;
  }

  /** Loggers whose name is one part longer and whose parent is this one. */
  childrenOf(parent: Logger): ReadonlySet<Logger> {
    const depth = parent === this.root ? 1 : parent.name.split('.').length + 1;
    return new Set(
      [...this.#loggers.values()].filter(
        (logger) => logger.parent === parent && logger.name.split('.').length === depth,
      ),
    );
  }

  /** @internal Tells the default tree of the trees of all applications, itself among them or not. */
  setOthers(trees: readonly Manager[], newest: Manager | undefined): void {
    this.hasOthers = trees.some((tree) => tree !== this);
    this.standIn = newest === this ? undefined : newest;
    this.updateEnabled();
  }

  /** @internal Levels changed: every cached threshold is computed again. */
  updateEnabled(): void {
    // The root's own constructor sets its level before the tree knows it.
    this.root?.updateEnabled();
    for (const logger of this.#loggers.values()) logger.updateEnabled();
  }

  #parentOf(name: string): Logger {
    for (const prefix of prefixesOf(name)) {
      const ancestor = this.#loggers.get(prefix);
      if (ancestor !== undefined) return ancestor;
    }
    return this.root;
  }

  /** Loggers below that were made earlier get the new one as parent. */
  #adopt(logger: Logger): void {
    const prefix = `${logger.name}.`;
    for (const other of this.#loggers.values()) {
      const parent = other.parent;
      if (parent === undefined || parent === logger || !isBelow(other.name, logger.name)) continue;
      // A parent between the two keeps its place: only one above the new logger is replaced by it.
      if (!parent.name.startsWith(prefix)) other.parent = logger;
    }
  }
}

/** The tree behind `getLogger`. */
export const defaultManager = processSlot('manager', () => new Manager({}, true));

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
