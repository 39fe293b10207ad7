/** The logs of one application: its tree, with the handlers and levels of the module's options on it. */
import { settleOthers } from '../../config/loggers';
import type { Handler } from '../../core/handler';
import { DEBUG, parseLevel } from '../../core/level';
import type { Logger } from '../../core/logger';
import type { Manager } from '../../core/manager';
import { loggingSettings } from '../../core/diagnostics';
import { NullHandler } from '../../handlers/null.handler';
import { attachHindsight, openForContext } from '../../scope/attach-hindsight';
import { HindsightHandler } from '../../scope/hindsight.handler';
import type { RoutePrefix } from '../../scope/path-list';
import type { CheckedLogger } from './check-config';
import type { CheckedOptions } from './check-options';
import { QueueBridge } from './queue-bridge';

const ROOT = 'root';

/** Adds handlers to loggers and sets levels. `release()` undoes all of it. */
export class ApplicationLogs {
  readonly tree: Manager;
  readonly options: CheckedOptions;
  /** The prefix of this application's routes. Two applications may have the same options and different prefixes. */
  readonly routePrefix: RoutePrefix = { source: '' };
  /** The handlers on the loggers, by name. With a queue, these are QueueHandlers. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Between the loggers and the handlers, if the option `queue` is set. */
  readonly queue: QueueBridge | undefined;
  /** One for each target and logger. */
  readonly hindsight: readonly HindsightHandler[];
  /** Resolves when the handlers are closed; undefined until `endApplication()` is called. */
  ended: Promise<void> | undefined;
  readonly #undo: (() => void)[] = [];

  constructor(tree: Manager, options: CheckedOptions, handlers: ReadonlyMap<string, Handler>) {
    this.tree = tree;
    this.options = options;
    const { queue } = options;
    this.queue = queue === undefined ? undefined : new QueueBridge(queue, handlers);
    this.handlers = this.queue?.loggerHandlers ?? handlers;
    const hindsight: HindsightHandler[] = [];
    const targets = this.#targets();
    for (const [loggerName, names] of this.#placement()) {
      const logger = tree.getLogger(loggerName);
      for (const name of names) {
        const handler = this.handlers.get(name);
        if (handler === undefined) continue;
        if (targets.has(name)) hindsight.push(this.#attachTarget(logger, handler));
        else this.#attach(logger, handler);
      }
    }
    this.hindsight = hindsight;
    if (options.disableExisting) this.#disableOthers();
    this.#setLevels();
    this.#switchSpans();
    this.#reportMissingContext();
  }

  /** The handler that `RequestMemoryHandler` shows. Without scopes it writes to a NullHandler. */
  get memory(): HindsightHandler {
    return this.hindsight[0] ?? new HindsightHandler(new NullHandler());
  }

  /** Removes the handlers from the loggers and restores the levels, so that the next application finds the tree unchanged. */
  release(): void {
    for (const undo of this.#undo.splice(0).toReversed()) undo();
  }

  /** Calls `undo` when the application is closed, in reverse order of registration. */
  atRelease(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Handler names by logger. Handlers that no logger names are on the root, except those of `config`. */
  #placement(): ReadonlyMap<string, readonly string[]> {
    const { loggers, configured } = this.options;
    const placed = new Map<string, readonly string[]>();
    for (const [name, { handlers = [] }] of Object.entries(loggers)) placed.set(name, handlers);
    const used = new Set([...placed.values()].flat());
    const rest = [...this.handlers.keys()].filter((name) => !used.has(name) && !configured.includes(name));
    placed.set(ROOT, [...(placed.get(ROOT) ?? []), ...rest]);
    return placed;
  }

  /** Names of the handlers that get held records. A handler with level INFO or above is a target only if it is named. */
  #targets(): ReadonlySet<string> {
    const { scope, targets } = this.options;
    if (scope === undefined) return new Set();
    if (targets !== undefined) return new Set(targets);
    const onRoot = this.#placement().get(ROOT) ?? [];
    const open = onRoot.filter((name) => (this.handlers.get(name)?.level ?? 0) < scope.passThroughLevel);
    return new Set(open.length > 0 ? open : onRoot.slice(0, 1));
  }

  #attach(logger: Logger, handler: Handler): void {
    logger.addHandler(handler);
    this.#undo.push(() => logger.removeHandler(handler));
  }

  #attachTarget(logger: Logger, target: Handler): HindsightHandler {
    const { scope } = this.options;
    const handler = attachHindsight(logger, target, {
      passThroughLevel: scope === undefined || scope.holdAll ? null : scope.passThroughLevel,
    });
    this.#undo.push(() => logger.removeHandler(handler));
    return handler;
  }

  #setLevels(): void {
    const { root } = this.tree;
    const { level, levelWasSet } = root;
    root.setLevel(this.options.level);
    this.#undo.push(() => {
      root.setLevel(level);
      root.levelWasSet = levelWasSet;
    });
    for (const [name, options] of Object.entries(this.options.loggers))
      this.#configure(this.tree.getLogger(name), options);
  }

  #switchSpans(): void {
    const { openTelemetry } = loggingSettings;
    if (this.options.openTelemetry === undefined) return;
    loggingSettings.openTelemetry = this.options.openTelemetry;
    this.#undo.push(() => {
      loggingSettings.openTelemetry = openTelemetry;
    });
  }

  #configure(logger: Logger, options: CheckedLogger): void {
    const { level, propagate, disabled } = logger;
    const filters = (options.filters ?? []).filter((filter) => !logger.filters.includes(filter));
    if (options.level !== undefined) logger.setLevel(options.level);
    if (options.propagate !== undefined) logger.propagate = options.propagate;
    logger.disabled = false;
    for (const filter of filters) logger.addFilter(filter);
    this.#undo.push(() => {
      logger.setLevel(level);
      Object.assign(logger, { propagate, disabled });
      for (const filter of filters) logger.removeFilter(filter);
    });
  }

  /** Disables existing loggers that the options do not mention, as dictConfig does. Later loggers are not affected. */
  #disableOthers(): void {
    const mentioned = Object.keys(this.options.loggers);
    for (const logger of this.tree.loggers.values()) {
      if (mentioned.includes(logger.name)) continue;
      const { level, propagate, disabled, handlers } = logger;
      this.#undo.push(() => {
        if (logger.level !== level) logger.setLevel(level);
        Object.assign(logger, { propagate, disabled });
        for (const handler of handlers) logger.addHandler(handler);
      });
    }
    settleOthers(this.tree, mentioned, true);
  }

  /** Reports once, at the start, that failing requests have no DEBUG records: all loggers are at INFO or above. */
  #reportMissingContext(): void {
    const { scope, level, loggers } = this.options;
    // At DEBUG all records are written at once, so nothing is missing.
    if (scope === undefined || scope.passThroughLevel <= DEBUG) return;
    const levels = Object.values(loggers).map((options) => parseLevel(options.level ?? level));
    if (Math.min(level, ...levels) >= scope.passThroughLevel)
      openForContext(this.tree.root, scope.passThroughLevel);
  }
}
