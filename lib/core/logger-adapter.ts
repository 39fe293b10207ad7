/** A logger that adds its own fields to every record. */
import { checkedOptions, type OptionNames } from '../internal/options';
import { isError } from '../internal/foreign';
import type { Handler } from './handler';
import { DEBUG, CRITICAL, ERROR, INFO, VERBOSE, WARNING, getLevelName, type LevelInput } from './level';
import { mergeFields, readArguments } from './log-arguments';
import type { Logger } from './logger';
import { closeTemplate } from './message-text';

export interface LoggerAdapterOptions {
  /**
   * Keep the fields of the call together with the adapter's; those of the call win. False drops them.
   * @defaultValue false
   */
  readonly mergeExtra?: boolean;
}

const OPTIONS = { mergeExtra: true } as const satisfies OptionNames<LoggerAdapterOptions>;

type Fields = Readonly<Record<string, unknown>>;

/** Ports logging.LoggerAdapter (CPython 3.14). Adapters may be nested. */
export class LoggerAdapter {
  readonly logger: Logger | LoggerAdapter;
  readonly extra: Fields | undefined;
  readonly mergeExtra: boolean;

  constructor(logger: Logger | LoggerAdapter, extra?: Fields, options: LoggerAdapterOptions = {}) {
    options = checkedOptions(new.target.name, options, new.target === LoggerAdapter && OPTIONS);
    this.logger = logger;
    this.extra = extra;
    this.mergeExtra = options.mergeExtra ?? false;
  }

  get name(): string {
    return this.logger.name;
  }

  /** The message and arguments for the logger. A subclass may change both. */
  process(message: unknown, args: readonly unknown[]): [message: unknown, args: readonly unknown[]] {
    // The most common call, in half the time.
    if (args.length === 0 && typeof message === 'string' && !message.includes('%')) {
      return [message, [mergeFields(this.extra, undefined) ?? {}]];
    }
    const call = readArguments(message, args);
    const { taken, error, stackInfo } = call;
    const shown = [...call.shown];
    const fields = mergeFields(this.extra, this.mergeExtra ? call.extra : undefined) ?? {};
    const reserved: Record<string, unknown> = stackInfo === undefined ? {} : { stackInfo };
    if (error !== undefined && error !== (isError(call.message) ? call.message : shown.find(isError))) {
      // As it was given, where nothing else can be taken for the record's Error.
      if (isError(error) && args.includes(error) && !shown.some(isError)) shown.splice(taken, 0, error);
      else reserved['excInfo'] = error;
    }
    const tail = Object.keys(reserved).length === 0 ? [fields] : [fields, reserved];
    if (!call.isTemplate) {
      return typeof call.message === 'string'
        ? ['%s', [call.message, ...shown, ...tail]]
        : [call.message, [...shown, ...tail]];
    }
    // A placeholder without an argument must not print the fields.
    const template = closeTemplate(call.message as string, shown);
    if (template !== call.message && shown.length === 0) return ['%s', [call.message, ...tail]];
    return [template, [...shown, ...tail]];
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

  /** False for an invalid level, since the logger reports it. A log call never throws. */
  #drops(level: LevelInput): boolean {
    try {
      return !this.isEnabledFor(level);
    } catch {
      return false;
    }
  }

  /** `<LoggerAdapter orders (DEBUG)>`, as Python's repr. */
  toString(): string {
    return `<${this.constructor.name} ${this.name} (${getLevelName(this.getEffectiveLevel())})>`;
  }
}
