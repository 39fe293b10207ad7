/** A node of the logger tree: what an application logs with. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors';
import { writeToSink } from '../internal/stdio';
import { spans, stampSpan } from './active-span';
import { captureCaller } from './caller';
import { diagnostics, loggingSettings } from './diagnostics';
import { Filterer } from './filterer';
import { describeSafely, type Handler } from './handler';
import { lastResort } from './last-resort';
import {
  CRITICAL,
  DEBUG,
  ERROR,
  getLevelName,
  INFO,
  parseLevel,
  VERBOSE,
  WARNING,
  type LevelInput,
} from './level';
import { LogRecord } from './log-record';
import { effectiveLevel, updateThreshold, type LoggerData } from './logger-tree';
import type { Manager } from './manager';
import { contextStorage, type RecordContext } from './record-context';
import { makeByFactory, recordFactory } from './record-factory';
import { observing } from './record-observer';

/**
 * Ports logging.Logger (CPython 3.14). Made by `getLogger`, never by `new`.
 *
 * Differs: arguments are util.format's; an Error among them becomes `excInfo` and a plain object before the message or at
 * the end `extra`; a log call never throws. Where a process has several applications, a logger of `getLogger` writes to the
 * application whose scope is running. When no scope is running, it writes to the newest application.
 */
export class Logger extends Filterer {
  readonly manager: Manager;
  /** The data that it shares with loggers of the same name in other copies of the package. @internal */
  readonly data: LoggerData;

  /** @internal */
  constructor(data: LoggerData, manager: Manager) {
    super(data);
    this.data = data;
    this.manager = manager;
  }

  get name(): string {
    return this.data.name;
  }

  get parent(): Logger | undefined {
    const { parent } = this.data;
    return parent === undefined ? undefined : this.manager.getLogger(parent.name);
  }
  set parent(parent: Logger | undefined) {
    this.data.parent = parent?.data;
  }

  get propagate(): boolean {
    return this.data.propagate;
  }
  set propagate(value: boolean) {
    this.data.propagate = value;
  }

  get handlers(): Handler[] {
    return this.data.handlers;
  }
  set handlers(handlers: Handler[]) {
    this.data.handlers = handlers;
  }

  get level(): number {
    return this.data.level;
  }
  set level(level: number) {
    this.setLevel(level);
  }

  /** A disabled logger drops everything. */
  get disabled(): boolean {
    return this.data.disabled;
  }
  set disabled(value: boolean) {
    this.data.disabled = value;
    updateThreshold(this.manager.data, this.data);
  }

  verbose(message: unknown, ...args: unknown[]): void {
    if (VERBOSE >= this.data.enabledFrom) this.write(VERBOSE, message, args);
  }

  debug(message: unknown, ...args: unknown[]): void {
    if (DEBUG >= this.data.enabledFrom) this.write(DEBUG, message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    if (INFO >= this.data.enabledFrom) this.write(INFO, message, args);
  }

  warning(message: unknown, ...args: unknown[]): void {
    if (WARNING >= this.data.enabledFrom) this.write(WARNING, message, args);
  }

  /** The same as `warning`. */
  warn(message: unknown, ...args: unknown[]): void {
    if (WARNING >= this.data.enabledFrom) this.write(WARNING, message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    if (ERROR >= this.data.enabledFrom) this.write(ERROR, message, args);
  }

  critical(message: unknown, ...args: unknown[]): void {
    if (CRITICAL >= this.data.enabledFrom) this.write(CRITICAL, message, args);
  }

  /** The same as `critical`. */
  fatal(message: unknown, ...args: unknown[]): void {
    if (CRITICAL >= this.data.enabledFrom) this.write(CRITICAL, message, args);
  }

  /** Logs at ERROR with the error's stack. JavaScript has no "current exception", so the error is given. */
  exception(message: unknown, error: unknown, ...args: unknown[]): void {
    if (ERROR < this.data.enabledFrom) return;
    const record = this.makeRecord(ERROR, message, args);
    record.excInfo = error;
    this.dispatch(record);
  }

  /** Logs at any level. An invalid level is reported on stderr, and the record is written at ERROR. */
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
    if (levelno >= this.data.enabledFrom) this.write(levelno, message, args);
  }

  isEnabledFor(level: LevelInput): boolean {
    const levelno = parseLevel(level);
    if (!this.manager.data.hasOthers) return levelno >= this.data.enabledFrom;
    const manager = this.#managerOf(contextStorage.getStore());
    if (manager === this.manager) return levelno >= this.data.shownFrom;
    return levelno >= this.data.enabledFrom && manager.getLogger(this.name).isEnabledFor(levelno);
  }

  /** @throws ConfigurationError `ERR_LOG_LEVEL` */
  setLevel(level: LevelInput): void {
    this.data.level = parseLevel(level);
    this.manager.updateEnabled();
  }

  /** The first level that is not NOTSET on the way up. */
  getEffectiveLevel(): number {
    return effectiveLevel(this.data);
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
    return this.manager.getLogger(this.data.parent === undefined ? suffix : `${this.name}.${suffix}`);
  }

  /** Direct children that exist as loggers. */
  getChildren(): ReadonlySet<Logger> {
    return this.manager.childrenOf(this);
  }

  /** True if a record of this logger would reach any handler. */
  hasHandlers(): boolean {
    for (let at: LoggerData | undefined = this.data; at !== undefined; at = at.parent) {
      if (at.handlers.length > 0) return true;
      if (!at.propagate) return false;
    }
    return false;
  }

  /** Hands an existing record on: filters, then handlers here and upwards. Levels of loggers are not compared. */
  handle(record: LogRecord): void {
    if (this.data.disabled) return;
    const accepted = this.accept(record);
    if (accepted !== false) this.callHandlers(accepted);
  }

  /** Handlers of this logger in the order added, then its parent's, until one does not propagate. */
  callHandlers(record: LogRecord): void {
    observing.current?.see(record);
    let found = false;
    for (let at: LoggerData | undefined = this.data; at !== undefined; at = at.parent) {
      const { handlers } = at;
      for (let i = 0; i < handlers.length; i++) {
        const handler = handlers[i] as Handler;
        found = true;
        if (record.levelno >= handler.level) handOver(record, handler);
      }
      if (!at.propagate) break;
    }
    if (!found) this.#useLastResort(record);
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
    const record = this.makeRecord(levelno, message, args);
    // Each caller has made the list for this call.
    if (recordFactory.custom === undefined) record.details ??= null;
    this.dispatch(record);
  }

  /** Hands a record that a call has made to the tree that it belongs to, if that tree's levels let it pass. @internal */
  dispatch(record: LogRecord): void {
    const manager = this.#managerOf(record.context);
    if (manager !== this.manager) {
      const logger = manager.getLogger(this.name);
      if (logger.isEnabledFor(record.levelno)) logger.dispatch(record);
      return;
    }
    if (record.levelno >= this.data.handledFrom) this.handle(record);
    else if (record.levelno >= this.data.shownFrom) this.#showOnly(record);
  }

  /** A logger of `getLogger` writes to the application whose scope is running, or else to the newest application. */
  #managerOf(context: RecordContext | undefined): Manager {
    const { manager } = this;
    if (!manager.isForAll) return manager;
    if (context === undefined) return manager.standIn ?? manager;
    return (context.tree as Manager).data === manager.data ? manager : manager.sharing(context.tree);
  }

  /** For an observer that sees more than the handlers. */
  #showOnly(record: LogRecord): void {
    if (this.data.disabled) return;
    const accepted = this.accept(record);
    if (accepted !== false) observing.current?.see(accepted);
  }

  protected override filterFailed(_record: LogRecord, error: unknown): void {
    const what = 'a filter failed and the record was dropped';
    diagnostics.report({ source: `Logger ${this.name}`, what, error });
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
