/** A node of the logger tree: what an application logs with. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors';
import { writeToSink } from '../internal/stdio';
import { spans, stampSpan } from './active-span';
import { captureCaller } from './caller';
import { diagnostics } from './diagnostics';
import { Filterer } from './filterer';
import type { Handler } from './handler';
import { lastResort } from './last-resort';
import { CRITICAL, DEBUG, ERROR, getLevelName, INFO, NOTSET, parseLevel, VERBOSE, WARNING } from './level';
import type { LevelInput } from './level';
import { LogRecord } from './log-record';
import type { Manager } from './manager';
import { describeSafely } from './open-handlers';
import { contextStorage, type RecordContext } from './record-context';
import { makeByFactory, recordFactory } from './record-factory';
import { observing } from './record-observer';
import { loggingSettings } from './settings';

/**
 * Ports logging.Logger (CPython 3.14). Made by `getLogger`, never by `new`.
 *
 * Differs: arguments are util.format's; an Error among them becomes `excInfo` and a plain object before the message or at
 * the end `extra`; a log call never throws. With several applications in a process, a record goes to the tree of the scope's
 * application, or outside of scopes to that of the newest application.
 */
export class Logger extends Filterer {
  readonly name: string;
  readonly manager: Manager;
  parent: Logger | undefined = undefined;
  propagate = true;
  handlers: Handler[] = [];
  #level: number;
  #disabled = false;
  /** Records below it reach no handler: level, the manager's `disable` and `disabled` in one number, as a cache. */
  #handledFrom = NOTSET;
  /** Records below it go nowhere in this tree. The same, unless an observer wants to see more. */
  #shownFrom = NOTSET;
  /** Records below it are not made. The same, unless they may go to another tree. */
  #enabledFrom = NOTSET;

  /** @internal */
  constructor(name: string, manager: Manager, level: LevelInput = NOTSET) {
    super();
    this.name = name;
    this.manager = manager;
    this.#level = parseLevel(level);
  }

  get level(): number {
    return this.#level;
  }
  set level(level: number) {
    this.setLevel(level);
  }

  /** A disabled logger drops everything. */
  get disabled(): boolean {
    return this.#disabled;
  }
  set disabled(value: boolean) {
    this.#disabled = value;
    this.updateEnabled();
  }

  verbose(message: unknown, ...args: unknown[]): void {
    if (VERBOSE >= this.#enabledFrom) this.write(VERBOSE, message, args);
  }

  debug(message: unknown, ...args: unknown[]): void {
    if (DEBUG >= this.#enabledFrom) this.write(DEBUG, message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    if (INFO >= this.#enabledFrom) this.write(INFO, message, args);
  }

  warning(message: unknown, ...args: unknown[]): void {
    if (WARNING >= this.#enabledFrom) this.write(WARNING, message, args);
  }

  /** The same as `warning`. */
  warn(message: unknown, ...args: unknown[]): void {
    if (WARNING >= this.#enabledFrom) this.write(WARNING, message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    if (ERROR >= this.#enabledFrom) this.write(ERROR, message, args);
  }

  critical(message: unknown, ...args: unknown[]): void {
    if (CRITICAL >= this.#enabledFrom) this.write(CRITICAL, message, args);
  }

  /** The same as `critical`. */
  fatal(message: unknown, ...args: unknown[]): void {
    if (CRITICAL >= this.#enabledFrom) this.write(CRITICAL, message, args);
  }

  /** Logs at ERROR with the error's stack. JavaScript has no "current exception", so the error is given. */
  exception(message: unknown, error: unknown, ...args: unknown[]): void {
    if (ERROR < this.#enabledFrom) return;
    const record = this.makeRecord(ERROR, message, args);
    record.excInfo = error;
    this.dispatch(record);
  }

  /** Logs at any level. A level that is none is reported on stderr and the record is written at ERROR. */
  log(level: LevelInput, message: unknown, ...args: unknown[]): void {
    let levelno: number;
    try {
      levelno = parseLevel(level);
    } catch (error) {
      diagnostics.report({
        source: `Logger ${this.name}`,
        what: 'log() was given a level that is none',
        error,
      });
      levelno = ERROR;
    }
    if (levelno >= this.#enabledFrom) this.write(levelno, message, args);
  }

  isEnabledFor(level: LevelInput): boolean {
    const levelno = parseLevel(level);
    if (!this.manager.hasOthers) return levelno >= this.#enabledFrom;
    const tree = this.#treeOf(contextStorage.getStore());
    if (tree === this.manager) return levelno >= this.#shownFrom;
    return levelno >= this.#enabledFrom && tree.getLogger(this.name).isEnabledFor(levelno);
  }

  /** @throws ConfigurationError `ERR_LOG_LEVEL` */
  setLevel(level: LevelInput): void {
    this.#level = parseLevel(level);
    this.manager.updateEnabled();
  }

  /** The first level that is not NOTSET on the way up. */
  getEffectiveLevel(): number {
    for (let logger: Logger | undefined = this; logger !== undefined; logger = logger.parent) {
      if (logger.#level !== NOTSET) return logger.#level;
    }
    return NOTSET;
  }

  /** A handler that is already there is not added again. */
  addHandler(handler: Handler): void {
    if (typeof handler?.handle !== 'function') {
      throw new ConfigurationError(`Logger.addHandler: takes a Handler, got ${inspect(handler)}.`);
    }
    if (!this.handlers.includes(handler)) this.handlers.push(handler);
  }

  removeHandler(handler: Handler): void {
    this.handlers = this.handlers.filter((other) => other !== handler);
  }

  /** `getLogger('a').getChild('b.c')` is `getLogger('a.b.c')`. */
  getChild(suffix: string): Logger {
    return this.manager.getLogger(this.parent === undefined ? suffix : `${this.name}.${suffix}`);
  }

  /** Direct children that exist as loggers. */
  getChildren(): ReadonlySet<Logger> {
    return this.manager.childrenOf(this);
  }

  /** True if a record of this logger would reach any handler. */
  hasHandlers(): boolean {
    for (let logger: Logger | undefined = this; logger !== undefined; logger = logger.parent) {
      if (logger.handlers.length > 0) return true;
      if (!logger.propagate) return false;
    }
    return false;
  }

  /** Hands an existing record on: filters, then handlers here and upwards. Levels of loggers are not compared. */
  handle(record: LogRecord): void {
    if (this.#disabled) return;
    const accepted = this.accept(record);
    if (accepted !== false) this.callHandlers(accepted);
  }

  /** Handlers of this logger in the order added, then its parent's, until one does not propagate. */
  callHandlers(record: LogRecord): void {
    observing.current?.see(record);
    let found = false;
    for (let logger: Logger | undefined = this; logger !== undefined; logger = logger.parent) {
      const handlers = logger.handlers;
      for (let i = 0; i < handlers.length; i++) {
        const handler = handlers[i] as Handler;
        found = true;
        if (record.levelno >= handler.level) handOver(record, handler);
      }
      if (!logger.propagate) break;
    }
    if (!found) this.#useLastResort(record);
  }

  /** @internal Computes the cached threshold again. */
  updateEnabled(): void {
    const level = this.getEffectiveLevel();
    const least = this.#disabled ? Infinity : this.manager.disable + 1;
    this.#handledFrom = Math.max(level, least);
    this.#shownFrom = Math.max(this.#observedFrom(level), least);
    this.#enabledFrom = this.manager.hasOthers ? this.manager.disable + 1 : this.#shownFrom;
  }

  /** `<Logger orders (DEBUG)>` with the effective level, as Python's repr. */
  override toString(): string {
    return `<${this.constructor.name} ${this.name} (${getLevelName(this.getEffectiveLevel())})>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** Makes the record of one call; `created`, scope and caller are those of this moment. */
  makeRecord(levelno: number, message: unknown, args: readonly unknown[]): LogRecord {
    const created = this.manager.clock.now() / 1000;
    const record =
      recordFactory.custom === undefined
        ? new LogRecord(this.name, levelno, message, args, created)
        : makeByFactory(this.name, levelno, message, args, created);
    record.context = contextStorage.getStore();
    if (spans.read !== undefined) stampSpan(record);
    if (loggingSettings.captureCaller) captureCaller(record);
    return record;
  }

  private write(levelno: number, message: unknown, args: readonly unknown[]): void {
    this.dispatch(this.makeRecord(levelno, message, args));
  }

  private dispatch(record: LogRecord): void {
    const tree = this.#treeOf(record.context);
    if (tree !== this.manager) {
      const logger = tree.getLogger(this.name);
      if (logger.isEnabledFor(record.levelno)) logger.dispatch(record);
      return;
    }
    if (record.levelno >= this.#handledFrom) this.handle(record);
    else if (record.levelno >= this.#shownFrom) this.#showOnly(record);
  }

  /** The default tree's loggers write for every application: for that of the scope, and outside of scopes for the newest. */
  #treeOf(context: RecordContext | undefined): Manager {
    const { manager } = this;
    if (!manager.isDefault) return manager;
    return context === undefined ? (manager.standIn ?? manager) : (context.tree as Manager);
  }

  /** For an observer that sees more than the handlers. */
  #showOnly(record: LogRecord): void {
    if (this.#disabled) return;
    const accepted = this.accept(record);
    if (accepted !== false) observing.current?.see(accepted);
  }

  protected override filterFailed(_record: LogRecord, error: unknown): void {
    const what = 'a filter failed and the record was dropped';
    diagnostics.report({ source: `Logger ${this.name}`, what, error });
  }

  /** An observer sees what the root's level alone would drop; a level that was set further down holds for it too. */
  #observedFrom(level: number): number {
    const wanted = observing.current?.level;
    if (wanted === undefined || wanted >= level) return level;
    for (let logger: Logger = this; logger.parent !== undefined; logger = logger.parent) {
      if (logger.#level !== NOTSET) return level;
    }
    return wanted;
  }

  #useLastResort(record: LogRecord): void {
    const handler = lastResort.handler;
    if (handler !== undefined) {
      if (record.levelno >= handler.level) handler.handle(record);
    } else if (!lastResort.warned && loggingSettings.raiseExceptions) {
      lastResort.warned = true;
      writeToSink(process.stderr, `No handlers could be found for logger "${this.name}"\n`);
    }
  }
}

/** A handler whose own `handle` throws keeps the record neither from the others nor from the code that logged. */
function handOver(record: LogRecord, handler: Handler): void {
  try {
    handler.handle(record);
  } catch (error) {
    diagnostics.report({ source: describeSafely(handler), what: 'handle() threw', error });
  }
}
