/** A logger with fields of its own on every record. */
import { format } from 'node:util';
import type { Handler } from './handler';
import { DEBUG, CRITICAL, ERROR, INFO, VERBOSE, WARNING, getLevelName, type LevelInput } from './level';
import { countPlaceholders } from './log-arguments';
import type { Logger } from './logger';
import { isPlainObject } from '../internal/foreign';

export interface LoggerAdapterOptions {
  /** Keep the call's own fields beside the adapter's; the call wins. False drops the call's. @defaultValue false */
  readonly mergeExtra?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Ports logging.LoggerAdapter (CPython 3.14). Adapters nest. */
export class LoggerAdapter {
  readonly logger: Logger | LoggerAdapter;
  readonly extra: Fields | undefined;
  readonly mergeExtra: boolean;

  constructor(logger: Logger | LoggerAdapter, extra?: Fields, options: LoggerAdapterOptions = {}) {
    this.logger = logger;
    this.extra = extra;
    this.mergeExtra = options.mergeExtra ?? false;
  }

  get name(): string {
    return this.logger.name;
  }

  /** The message and arguments as they go to the logger; a subclass may change both. */
  process(message: unknown, args: readonly unknown[]): [message: unknown, args: readonly unknown[]] {
    const used = typeof message === 'string' ? countPlaceholders(message) : 0;
    const last = args.length > used ? args.at(-1) : undefined;
    const own = isPlainObject(last) ? last : undefined;
    const rest = own === undefined ? args : args.slice(0, -1);
    const fields = this.mergeExtra ? { ...this.extra, ...own } : { ...this.extra };
    if (own !== undefined)
      for (const key of ['excInfo', 'stackInfo']) if (Object.hasOwn(own, key)) fields[key] = own[key];
    // A placeholder that has no argument must not be filled with the fields.
    if (used > rest.length) return ['%s', [rest.length === 0 ? message : format(message, ...rest), fields]];
    return [message, [...rest, fields]];
  }

  verbose(message: unknown, ...args: unknown[]): void {
    this.log(VERBOSE, message, ...args);
  }

  debug(message: unknown, ...args: unknown[]): void {
    this.log(DEBUG, message, ...args);
  }

  info(message: unknown, ...args: unknown[]): void {
    this.log(INFO, message, ...args);
  }

  warning(message: unknown, ...args: unknown[]): void {
    this.log(WARNING, message, ...args);
  }

  warn(message: unknown, ...args: unknown[]): void {
    this.log(WARNING, message, ...args);
  }

  error(message: unknown, ...args: unknown[]): void {
    this.log(ERROR, message, ...args);
  }

  critical(message: unknown, ...args: unknown[]): void {
    this.log(CRITICAL, message, ...args);
  }

  fatal(message: unknown, ...args: unknown[]): void {
    this.log(CRITICAL, message, ...args);
  }

  /** Logs at ERROR with the error's stack. */
  exception(message: unknown, error: unknown, ...args: unknown[]): void {
    if (!this.isEnabledFor(ERROR)) return;
    const [text, rest] = this.process(message, args);
    this.logger.exception(text, error, ...rest);
  }

  log(level: LevelInput, message: unknown, ...args: unknown[]): void {
    if (this.#drops(level)) return;
    const [text, rest] = this.process(message, args);
    this.logger.log(level, text, ...rest);
  }

  isEnabledFor(level: LevelInput): boolean {
    return this.logger.isEnabledFor(level);
  }

  setLevel(level: LevelInput): void {
    this.logger.setLevel(level);
  }

  getEffectiveLevel(): number {
    return this.logger.getEffectiveLevel();
  }

  hasHandlers(): boolean {
    return this.logger.hasHandlers();
  }

  addHandler(handler: Handler): void {
    this.logger.addHandler(handler);
  }

  removeHandler(handler: Handler): void {
    this.logger.removeHandler(handler);
  }

  /** A level that is none is left to the logger, which reports it: a log call never throws. */
  #drops(level: LevelInput): boolean {
    try {
      return !this.isEnabledFor(level);
    } catch {
      // The logger says what was wrong with the level.
      return false;
    }
  }

  /** `<LoggerAdapter orders (DEBUG)>`, as Python's repr. */
  toString(): string {
    return `<${this.constructor.name} ${this.name} (${getLevelName(this.getEffectiveLevel())})>`;
  }
}
