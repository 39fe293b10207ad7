/** The logs of one application: its tree, with the handlers and levels of the module's options on it. */
import { settleOthers } from '../config/loggers';
import type { Handler } from '../core/handler';
import { DEBUG, parseLevel } from '../core/level';
import type { Logger } from '../core/logger';
import type { Manager } from '../core/manager';
import { loggingSettings } from '../core/settings';
import { NullHandler } from '../handlers';
import { attachHindsight, openForContext } from '../scope/attach-hindsight';
import { HindsightHandler } from '../scope/hindsight.handler';
import type { RoutePrefix } from '../scope/path-list';
import type { CheckedLogger } from './check-config';
import type { CheckedOptions } from './check-options';
import { QueueBridge } from './queue-bridge';

const ROOT = 'root';

/** Puts handlers on loggers, sets levels, and takes all of it back. */
export class ApplicationLogs {
  readonly tree: Manager;
  readonly options: CheckedOptions;
  /** Of its own routes: two applications may have the same options and different prefixes. */
  readonly routePrefix: RoutePrefix = { source: '' };
  /** What stands on the loggers, by name: the handlers, or what puts records into the queue before them. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Between these and the handlers. */
  readonly queue: QueueBridge | undefined;
  /** One for each target on each logger. */
  readonly hindsight: readonly HindsightHandler[];
  /** Resolves when the handlers are closed; undefined until their closing begins. */
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

  /** The handler whose buffer `RequestMemoryHandler` shows; one that leads nowhere when requests get no scope. */
  get memory(): HindsightHandler {
    return this.hindsight[0] ?? new HindsightHandler(new NullHandler());
  }

  /** Takes handlers off the loggers and restores levels: a later application finds the tree as it was. */
  release(): void {
    for (const undo of this.#undo.splice(0).toReversed()) undo();
  }

  /** Has something taken back when the application is closed, before what came earlier. */
  atRelease(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Names of handlers by logger: as configured, and those of `handlers` that no logger names on the root. */
  #placement(): ReadonlyMap<string, readonly string[]> {
    const { loggers, configured } = this.options;
    const placed = new Map<string, readonly string[]>();
    for (const [name, { handlers = [] }] of Object.entries(loggers)) placed.set(name, handlers);
    const used = new Set([...placed.values()].flat());
    const rest = [...this.handlers.keys()].filter((name) => !used.has(name) && !configured.includes(name));
    placed.set(ROOT, [...(placed.get(ROOT) ?? []), ...rest]);
    return placed;
  }

  /** A handler with a level of INFO or above was made for less: it gets no DEBUG records unless it is named. */
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

  /** What dictConfig does with the loggers that exist and are not mentioned; those made later are not concerned. */
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

  /** Said once at start: with every logger at INFO or above, failing requests have no story to tell. */
  #reportMissingContext(): void {
    const { scope, level, loggers } = this.options;
    // At DEBUG everything passes through: nothing is held back, and nothing is missing.
    if (scope === undefined || scope.passThroughLevel <= DEBUG) return;
    const levels = Object.values(loggers).map((options) => parseLevel(options.level ?? level));
    if (Math.min(level, ...levels) >= scope.passThroughLevel)
      openForContext(this.tree.root, scope.passThroughLevel);
  }
}
