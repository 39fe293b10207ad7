/** Reads and changes the levels of loggers while the application runs, permanently or for a limited time. */
import { inspect } from 'node:util';
import { getLevelName, NOTSET, parseLevel, type LevelInput } from '../../core/level';
import type { Logger } from '../../core/logger';
import { ConfigurationError } from '../../errors';
import { checkedOptions, type OptionNames } from '../../internal/options';
import { ApplicationLogs } from '../application/application-logs';

export interface SetLevelOptions {
  /** Restore the previous level after this many ms: an integer from 1 to 2 147 483 647. @defaultValue never */
  readonly forMs?: number;
}

/** The level of one logger, in a form that can be sent as JSON. */
export interface LoggerLevel {
  readonly name: string;
  /** Its own level: the level's name, or its number if it has no name. `'NOTSET'`: that of the parent logger. */
  readonly level: string | number;
  /** The level that applies. */
  readonly effectiveLevel: string | number;
  /** A disabled logger writes nothing, whatever its level. */
  readonly disabled: boolean;
  /** The level was set for a limited time: which level will be restored, and when. */
  readonly fallsBack?: { readonly to: string | number; readonly at: Date };
}

/** A level that was set for a limited time. */
interface Temporary {
  readonly original: number;
  readonly level: number;
  readonly at: number;
  readonly timer: NodeJS.Timeout;
}

const OWNER = 'LoggingService';
const OPTIONS = { forMs: true } as const satisfies OptionNames<SetLevelOptions>;
/** The longest delay of a Node timer. */
const LONGEST_MS = 2 ** 31 - 1;

function named(level: number): string | number {
  const name = getLevelName(level);
  return name === `Level ${level}` ? level : name;
}

/**
 * Changes and lists the levels of the application's loggers while it runs, for example in an admin route. Its timers do not
 * keep the process alive. When the application is closed, the original levels are restored.
 *
 * @example
 * logging.setLevel('orders', 'DEBUG', { forMs: 600_000 });
 */
export class LoggingService {
  readonly #logs: ApplicationLogs;
  readonly #temporary = new Map<string, Temporary>();
  /** The levels before the first change. */
  readonly #initial = new Map<string, number>();
  #closed = false;

  constructor(logs: ApplicationLogs) {
    this.#logs = logs;
    logs.atRelease(() => this.#restore());
  }

  /**
   * Sets the level of a logger. `'root'` is the root logger; `'NOTSET'` means the level of the parent logger. With `forMs` the
   * previous level is restored after that time, unless other code has changed the level meanwhile. Another call restarts the
   * time and still restores the first level. A call without `forMs` is permanent.
   *
   * @throws ConfigurationError `ERR_LOG_LEVEL` for an unknown level, `ERR_LOG_OPTION` for a name that is not a string and
   * for a time out of range, `ERR_LOG_STATE` when the application is closed.
   */
  setLevel(loggerName: string, level: LevelInput, options: SetLevelOptions = {}): LoggerLevel {
    const levelno = parseLevel(level);
    const forMs = checkOptions(options);
    const name = checkName(loggerName);
    if (this.#closed) {
      throw new ConfigurationError(`${OWNER}: the application is closed; its levels can no longer be set.`, {
        code: 'ERR_LOG_STATE',
      });
    }
    const logger = this.#logs.tree.getLogger(name);
    const before = this.#forget(logger)?.original ?? logger.level;
    if (!this.#initial.has(logger.name)) this.#initial.set(logger.name, before);
    logger.setLevel(levelno);
    if (forMs !== undefined) this.#restoreLater(logger, before, forMs);
    return this.#describe(logger);
  }

  /** The level of a logger. Does not create the logger: one that does not exist has the level of its nearest ancestor. */
  getLevel(loggerName: string): LoggerLevel {
    const name = checkName(loggerName);
    const { root, loggers } = this.#logs.tree;
    if (name === '' || name === 'root') return this.#describe(root);
    const logger = loggers.get(name);
    if (logger !== undefined) return this.#describe(logger);
    let above: Logger = root;
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const parent = loggers.get(name.slice(0, dot));
      if (parent === undefined) continue;
      above = parent;
      break;
    }
    const effectiveLevel = named(above.getEffectiveLevel());
    return { name, level: named(NOTSET), effectiveLevel, disabled: false };
  }

  /** All loggers that exist: the root, then the others by name. */
  levels(): readonly LoggerLevel[] {
    const { root, loggers } = this.#logs.tree;
    const others = [...loggers.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return [root, ...others].map((logger) => this.#describe(logger));
  }

  #describe(logger: Logger): LoggerLevel {
    const temporary = this.#temporary.get(logger.name);
    return {
      name: logger.name,
      level: named(logger.level),
      effectiveLevel: named(logger.getEffectiveLevel()),
      disabled: logger.disabled,
      ...(temporary === undefined
        ? {}
        : { fallsBack: { to: named(temporary.original), at: new Date(temporary.at) } }),
    };
  }

  #restoreLater(logger: Logger, original: number, forMs: number): void {
    const timer = setTimeout(() => {
      const temporary = this.#forget(logger);
      // Other code has set another level meanwhile: keep that one.
      if (logger.level === temporary?.level) logger.setLevel(temporary.original);
    }, forMs);
    timer.unref();
    const at = this.#logs.tree.clock.now() + forMs;
    this.#temporary.set(logger.name, { original, level: logger.level, at, timer });
  }

  #forget(logger: Logger): Temporary | undefined {
    const temporary = this.#temporary.get(logger.name);
    clearTimeout(temporary?.timer);
    this.#temporary.delete(logger.name);
    return temporary;
  }

  #restore(): void {
    this.#closed = true;
    const { tree } = this.#logs;
    for (const [name, level] of this.#initial) {
      const logger = tree.getLogger(name);
      this.#forget(logger);
      logger.setLevel(level);
    }
    this.#initial.clear();
  }
}

function checkName(name: unknown): string {
  if (typeof name === 'string') return name;
  throw new ConfigurationError(`${OWNER}: the name of the logger must be a string, got ${inspect(name)}.`);
}

function checkOptions(options: SetLevelOptions): number | undefined {
  const { forMs } = checkedOptions(OWNER, options, OPTIONS);
  if (forMs === undefined) return undefined;
  if (Number.isSafeInteger(forMs) && forMs >= 1 && forMs <= LONGEST_MS) return forMs;
  throw new ConfigurationError(
    `${OWNER}: "forMs" must be an integer from 1 to ${LONGEST_MS}, got ${inspect(forMs)}.`,
  );
}
